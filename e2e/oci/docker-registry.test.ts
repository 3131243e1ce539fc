/**
 * The registry store against Debian's docker-registry (distribution 2.8): no referrers API, no deletion of tags, no
 * conditions, no page size. Every suite of content stores runs.
 */
import {
  describeContentStoreContract,
  describeDeletableContract,
  describeImmutableTagContract,
  describeReferrerContract,
  describeReferrerRemovalContract,
  pushImage,
  referrersOf,
  sampleImage,
  sampleReferrer,
  tagsOf,
  toTag,
  type StoreFixture,
} from '@squizzle/core/testing';
import { createRegistryStore, type RegistryStore } from '@squizzle/oci';
import { EMPTY_DESCRIPTOR, EMPTY_JSON } from '@squizzle/oci-spec';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPeerRegistry, type PeerRegistry } from '../registry/clients/peer-registry.ts';
import { faultOf } from '../registry/clients/program.ts';

const fault = faultOf({ name: 'docker-registry', debian: 'docker-registry' });

describe.skipIf(fault !== null)(`with docker-registry${fault === null ? '' : ` (${fault})`}`, () => {
  let peer: PeerRegistry;
  let repositories = 0;
  beforeAll(async () => {
    peer = await startPeerRegistry();
  });
  afterAll(async () => peer.stop());

  const openAt = (repository: string): RegistryStore =>
    createRegistryStore({
      registry: peer.url,
      repository,
      homeFolder: join(tmpdir(), 'squizzle-no-home'),
      limits: { backoffMs: 1, maxBackoffMs: 1 },
    });
  const nextRepository = (): string => `acme/store-${(repositories += 1)}`;
  const open = async (): Promise<StoreFixture<RegistryStore>> => {
    const store = openAt(nextRepository());
    return { store, close: () => store.close() };
  };

  /** As many programs would: each with its own connections, none knowing of the others. */
  async function withClients<T>(count: number, run: (stores: readonly RegistryStore[]) => Promise<T>): Promise<T> {
    const repository = nextRepository();
    const stores = Array.from({ length: count }, () => openAt(repository));
    try {
      return await run(stores);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  }

  describeContentStoreContract('registry store', open, { ofBlobDigest: 'REGISTRY_FAILED' });
  describeImmutableTagContract('registry store', open);
  describeDeletableContract('registry store', open, { collectsBlobs: false, untagsAlone: false });
  describeReferrerContract('registry store', open);
  describeReferrerRemovalContract('registry store', open, { ofDeletedSubject: 'unlisted' });

  it('lets one of 10 clients claim a tag, and tells the others who did', async () => {
    await withClients(10, async (stores) => {
      const images = await Promise.all(stores.map(async (store, at) => pushImage(store, `image ${at}`)));
      const tag = toTag('v1.0.0');
      const outcomes = await Promise.allSettled(
        stores.map(async (store, at) => store.claimTag(images[at] ?? EMPTY_DESCRIPTOR, tag)),
      );
      const winner = images[outcomes.findIndex(({ status }) => status === 'fulfilled')]?.digest;
      const refusals = outcomes.filter(({ status }) => status === 'rejected');
      expect(refusals).toHaveLength(9);
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({ reason: { code: 'TAG_IMMUTABLE', details: { existing: winner } } });
      }
      expect(await stores[0]?.resolve(tag)).toMatchObject({ digest: winner });
    });
  });

  it('lists all that 8 clients attach at once', async () => {
    await withClients(8, async (stores) => {
      const [first] = stores;
      if (first === undefined) throw new TypeError('no store');
      await first.push(EMPTY_DESCRIPTOR, [EMPTY_JSON]);
      const subject = sampleImage('signed').descriptor;
      const samples = stores.map((_, at) => sampleReferrer(subject, { annotations: { label: `${at}` } }));
      await Promise.all(samples.map(async ({ descriptor, bytes }, at) => stores[at]?.push(descriptor, [bytes])));
      const found = await referrersOf(first, subject);
      expect(found.map(({ digest }) => digest)).toEqual(samples.map(({ descriptor }) => descriptor.digest).sort());
    });
  });

  it('lists a thousand and one tags, though the registry knows no pages', async () => {
    const { store, close } = await open();
    const image = await pushImage(store, 'a');
    const tags = Array.from({ length: 1001 }, (_, at) => toTag(`v${String(at).padStart(4, '0')}`));
    const waiting = [...tags];
    const work = async (): Promise<void> => {
      for (let tag = waiting.pop(); tag !== undefined; tag = waiting.pop()) await store.tag(image, tag);
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(await tagsOf(store)).toEqual(tags);
    await close();
  });

  it('answers a second publication of the same with one question for each of its parts', async () => {
    const { store, close } = await open();
    const image = await pushImage(store, 'a');
    await store.claimTag(image, toTag('v1.0.0'));
    const before = peer.log().split('\n').length;
    expect(await store.has(image)).toBe(true);
    await store.claimTag(image, toTag('v1.0.0'));
    const asked = peer
      .log()
      .split('\n')
      .slice(before - 1)
      .flatMap((line) => peer.parseLine(line) ?? []);
    expect(asked.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
    await close();
  });
});
