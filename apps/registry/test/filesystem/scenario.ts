/**
 * What a registry's storage goes through, step by step, with what can be seen of it after each step.
 *
 * Steps can be repeated: each does the whole of something, and does it again when part of it was done before.
 *
 * @module
 */
import { digestOf, type Digest, type RepositoryName, type Tag } from '@squizzle/oci-spec';
import type { Store } from '../../src/storage/contracts.ts';
import {
  APP,
  inChunks,
  LATEST,
  pushBlob,
  readBlob,
  sampleBytes,
  sampleManifest,
  toRepository,
  toTag,
  V1,
} from './samples.ts';

export interface Step {
  readonly title: string;
  run(store: Store): Promise<unknown>;
}

const BASE = toRepository('team/app/base');
const REPOSITORIES = [APP, BASE];
const TAGS = [V1, LATEST, toTag('a'), toTag('b'), toTag('c')];
const LAYER = sampleBytes(40);
const EMPTY = new Uint8Array();
const BLOBS = [digestOf(LAYER), digestOf(EMPTY, 'sha512')];
const first = sampleManifest('first');
const second = sampleManifest('second');
const signature = sampleManifest('signature', first.digest);
const wide = sampleManifest('wide', undefined, 'sha512');
const MANIFESTS = [first, second, signature, wide].map(({ digest }) => digest);

export const STEPS: readonly Step[] = [
  { title: 'push a blob in chunks', run: async (store) => pushBlob(store, APP, LAYER) },
  { title: 'push the same blob to another repository', run: async (store) => pushBlob(store, BASE, LAYER) },
  { title: 'push an empty blob by sha512', run: async (store) => pushBlob(store, BASE, EMPTY, 'sha512') },
  { title: 'mount a blob', run: async ({ blobs }) => blobs.mount(APP, digestOf(EMPTY, 'sha512'), BASE) },
  {
    title: 'push a manifest with two tags',
    run: async ({ manifests }) => manifests.put(APP, first, { tags: [V1, LATEST] }),
  },
  { title: 'push a manifest that refers to it', run: async ({ manifests }) => manifests.put(APP, signature) },
  {
    title: 'move a tag from the one to the other',
    run: async ({ manifests }) =>
      manifests.put(APP, second, {
        tags: [LATEST],
        condition: { type: 'one-of', digests: [first.digest, second.digest] },
      }),
  },
  {
    title: 'claim a tag in another repository',
    run: async ({ manifests }) => {
      if ((await manifests.resolve(BASE, V1)) !== undefined) await manifests.untag(BASE, V1);
      await manifests.put(BASE, first, { tags: [V1], condition: { type: 'absent' } });
    },
  },
  {
    title: 'push a manifest by sha512 with three tags',
    run: async ({ manifests }) => manifests.put(APP, wide, { tags: TAGS.slice(2) }),
  },
  { title: 'remove a tag', run: async ({ manifests }) => manifests.untag(APP, V1) },
  {
    title: 'delete the manifest that refers to another',
    run: async ({ manifests }) => manifests.delete(APP, signature.digest),
  },
  { title: 'delete a manifest with three tags', run: async ({ manifests }) => manifests.delete(APP, wide.digest) },
  { title: 'delete a blob', run: async ({ blobs }) => blobs.delete(BASE, digestOf(LAYER)) },
  {
    title: 'cancel an upload',
    run: async ({ uploads }) => {
      const { id } = await uploads.create(APP);
      await uploads.append(APP, id, { bytes: inChunks(LAYER), sizeBytes: LAYER.byteLength });
      await uploads.cancel(APP, id);
    },
  },
];

/** What clients can see: each key one fact, absent when it is not so. */
export type Seen = ReadonlyMap<string, string>;

/**
 * Looks at everything that the steps are about.
 *
 * @throws {Error} for what must never be seen: bytes of another digest, a tag or referrer without its manifest.
 */
export async function look(store: Store): Promise<Seen> {
  const seen = new Map<string, string>();
  for (const repository of REPOSITORIES) {
    for (const digest of BLOBS) await lookAtBlob(store, repository, digest, seen);
    for (const digest of MANIFESTS) await lookAtManifest(store, repository, digest, seen);
    for (const tag of TAGS) await lookAtTag(store, repository, tag, seen);
    await lookAtLists(store, repository, seen);
  }
  return seen;
}

async function lookAtBlob(
  store: Store,
  repository: RepositoryName,
  digest: Digest,
  seen: Map<string, string>,
): Promise<void> {
  const bytes = await readBlob(store, repository, digest);
  if (bytes === undefined) return;
  requireTruth(digestOf(bytes, digest.startsWith('sha512') ? 'sha512' : 'sha256') === digest, `${digest} is damaged`);
  seen.set(`blob ${repository} ${digest}`, 'there');
}

async function lookAtManifest(
  store: Store,
  repository: RepositoryName,
  digest: Digest,
  seen: Map<string, string>,
): Promise<void> {
  const manifest = await store.manifests.get(repository, digest);
  requireTruth(
    (await store.manifests.has(repository, digest)) === (manifest !== undefined),
    `has and get of ${digest}`,
  );
  if (manifest !== undefined) seen.set(`manifest ${repository} ${digest}`, manifest.mediaType);
}

async function lookAtTag(
  { manifests }: Store,
  repository: RepositoryName,
  tag: Tag,
  seen: Map<string, string>,
): Promise<void> {
  const digest = await manifests.resolve(repository, tag);
  if (digest === undefined) return;
  requireTruth(await manifests.has(repository, digest), `${tag} names a manifest that is there`);
  seen.set(`tag ${repository} ${tag}`, digest);
}

async function lookAtLists(store: Store, repository: RepositoryName, seen: Map<string, string>): Promise<void> {
  const { items: tags } = await store.catalog.listTags(repository, { limit: 100 });
  const resolvable = [...seen.keys()]
    .filter((key) => key.startsWith(`tag ${repository} `))
    .map((key) => key.split(' ')[2]);
  requireTruth(tags.join() === resolvable.sort().join(), `listed tags ${tags.join()} are ${resolvable.join()}`);
  const { items: referrers } = await store.catalog.listReferrers(repository, first.digest, {
    limit: 100,
    limitBytes: 1e6,
  });
  for (const { digest, size } of referrers) {
    const manifest = await store.manifests.get(repository, digest);
    requireTruth(manifest?.bytes.byteLength === size, `the referrer ${digest} is there`);
    seen.set(`referrer ${repository} ${digest}`, 'listed');
  }
}

function requireTruth(holds: boolean, claim: string): void {
  if (!holds) throw new Error(`must be true: ${claim}`);
}

/** The facts that are neither as they were before nor as they should be after. */
export function contradictions(seen: Seen, before: Seen, after: Seen): string[] {
  const keys = new Set([...seen.keys(), ...before.keys(), ...after.keys()]);
  return [...keys]
    .filter((key) => seen.get(key) !== before.get(key) && seen.get(key) !== after.get(key))
    .map((key) => `${key}: ${seen.get(key) ?? 'nothing'}`);
}
