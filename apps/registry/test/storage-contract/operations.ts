/**
 * What the random sequences of the model test are made of: few names and little content, so that they meet often.
 *
 * @module
 */
import type { RepositoryName, Tag } from '@squizzle/oci-spec';
import fc from 'fast-check';
import type { NewManifest, TagCondition } from '../../src/storage/contracts.ts';
import { sampleManifest, toBlob, toRepository, toTags, type SampleBlob } from './samples.ts';

export const REPOSITORIES = ['a', 'a-b', 'a/b'].map((name) => toRepository(name));
export const TAGS = toTags('A', 'a', 'a.1');

const [plain, other] = [sampleManifest('plain'), sampleManifest('other')];
const signature = sampleManifest('signature', {
  subject: plain.digest,
  referrer: { artifactType: 'application/vnd.example' },
});

/** By labels, which a counterexample shows. Two refer to the first, one to a referrer. */
export const MANIFESTS = {
  plain,
  other,
  signature,
  long: sampleManifest('long', { subject: plain.digest, algorithm: 'sha512' }),
  countersignature: sampleManifest('countersignature', { subject: signature.digest }),
} as const satisfies Record<string, NewManifest>;

export type ManifestLabel = keyof typeof MANIFESTS;

export const BLOBS = {
  empty: toBlob(new Uint8Array()),
  x: toBlob(Buffer.from('x')),
  xy: toBlob(Buffer.from('xy')),
  xLong: toBlob(Buffer.from('x'), 'sha512'),
  plainManifest: toBlob(plain.bytes),
} as const satisfies Record<string, SampleBlob>;

export type BlobLabel = keyof typeof BLOBS;

interface InRepository {
  readonly repository: RepositoryName;
}

interface OnSession extends InRepository {
  /** Which one of those that ever were, counted round. Not always one of this repository. */
  readonly session: number;
}

export type Operation =
  | (InRepository & { readonly type: 'push'; readonly blob: BlobLabel })
  | (InRepository & { readonly type: 'mount'; readonly blob: BlobLabel; readonly source: RepositoryName })
  | (InRepository & { readonly type: 'delete-blob'; readonly blob: BlobLabel })
  | (InRepository & {
      readonly type: 'put';
      readonly manifest: ManifestLabel;
      readonly tags: readonly Tag[];
      readonly condition: TagCondition | undefined;
    })
  | (InRepository & { readonly type: 'delete-manifest'; readonly manifest: ManifestLabel })
  | (InRepository & { readonly type: 'untag'; readonly tag: Tag; readonly condition: TagCondition | undefined })
  | (InRepository & { readonly type: 'begin' })
  | (OnSession & {
      readonly type: 'append';
      readonly text: string;
      /** A wrong one is refused; then the text is sent again without. What is taken back need not count as written. */
      readonly announced: number | undefined;
      /** How far the offset is from the true one. */
      readonly shift: number;
    })
  | (OnSession & { readonly type: 'complete'; readonly as: 'sha256' | 'sha512' | 'wrong' })
  | (OnSession & { readonly type: 'cancel' })
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'remove-expired' }
  | { readonly type: 'restart' };

const repository = fc.constantFrom(...REPOSITORIES);
const blob = fc.constantFrom(...(Object.keys(BLOBS) as BlobLabel[]));
const manifest = fc.constantFrom(...(Object.keys(MANIFESTS) as ManifestLabel[]));
const session = fc.nat({ max: 2 });
const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);

const condition: fc.Arbitrary<TagCondition | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  fc.constantFrom<TagCondition>({ type: 'absent' }, { type: 'present' }),
  fc.record({
    type: type('one-of'),
    digests: fc.subarray(Object.values(MANIFESTS).map(({ digest }): string => digest)),
  }),
);

const onContent: fc.Arbitrary<Operation>[] = [
  fc.record({ type: type('push'), repository, blob }),
  fc.record({ type: type('mount'), repository, blob, source: repository }),
  fc.record({ type: type('delete-blob'), repository, blob }),
  fc.record({ type: type('put'), repository, manifest, tags: fc.shuffledSubarray(TAGS), condition }),
  fc.record({ type: type('put'), repository, manifest, tags: fc.shuffledSubarray(TAGS), condition }),
  fc.record({ type: type('delete-manifest'), repository, manifest }),
  fc.record({ type: type('untag'), repository, tag: fc.constantFrom(...TAGS), condition }),
];

const onSessions: fc.Arbitrary<Operation>[] = [
  fc.record({ type: type('begin'), repository }),
  fc.record({
    type: type('append'),
    repository,
    session,
    text: fc.constantFrom('x', 'y', 'xy'),
    announced: fc.constantFrom(undefined, 1, 2),
    shift: fc.constantFrom(0, 0, 0, 1),
  }),
  fc.record({ type: type('complete'), repository, session, as: fc.constantFrom('sha256', 'sha512', 'wrong') }),
  fc.record({ type: type('cancel'), repository, session }),
];

/** No waits add up to about `expiryMs`, the time of a session: how exact that is belongs to the driver. */
export function operations(expiryMs: number, restarts: boolean): fc.Arbitrary<Operation[]> {
  const wait = fc.record({ type: type('wait'), ms: fc.constantFrom(expiryMs * 0.4, expiryMs * 1.1) });
  const rare: fc.Arbitrary<Operation>[] = [wait, fc.record({ type: type('remove-expired') })];
  if (restarts) rare.push(fc.record({ type: type('restart') }));
  return fc.array(fc.oneof(...onContent, ...onSessions, ...rare), { minLength: 1, maxLength: 25 });
}
