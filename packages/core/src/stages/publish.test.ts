import { describe, expect, it } from 'vitest';
import { listVersions, resolveSelector, versionAt } from '../storage/resolve-selector.ts';
import { createMemoryContentStore } from '../testing/memory-content-store.ts';
import { createSourceTree } from '../testing/release-builder.ts';
import { buildOptions, publishChain, version } from '../testing/shop.ts';
import { buildArtifact } from './build.ts';
import { publishArtifact } from './publish.ts';
import { pullArtifact } from './pull.ts';

const table = (name: string): string => `CREATE TABLE ${name} (i int);`;

async function publishAlone(text: string, store: ReturnType<typeof createMemoryContentStore>): Promise<void> {
  const built = await buildArtifact(
    createSourceTree({ [`migrations/${text}.sql`]: table('t') }),
    null,
    buildOptions(text),
  );
  await publishArtifact(built, store);
}

describe('publishArtifact', () => {
  it('is idempotent: the same artifact again succeeds', async () => {
    const store = createMemoryContentStore();
    const built = await buildArtifact(
      createSourceTree({ 'migrations/1.sql': table('a') }),
      null,
      buildOptions('1.0.0'),
    );
    const first = await publishArtifact(built, store);
    const second = await publishArtifact(built, store);
    expect(first.tags).toEqual(['v1.0.0', 'v1.0', 'v1', 'latest']);
    expect(second).toEqual({ ...first, tags: ['v1.0.0', 'v1.0', 'v1', 'latest'] });
  });

  it('refuses other content under a published version and leaves it as it was', async () => {
    const store = createMemoryContentStore();
    const first = await buildArtifact(
      createSourceTree({ 'migrations/1.sql': table('a') }),
      null,
      buildOptions('1.0.0'),
    );
    await publishArtifact(first, store);
    const other = await buildArtifact(
      createSourceTree({ 'migrations/1.sql': table('b') }),
      null,
      buildOptions('1.0.0'),
    );
    await expect(publishArtifact(other, store)).rejects.toMatchObject({ code: 'TAG_IMMUTABLE' });
    expect((await resolveSelector({ kind: 'version', version: version('1.0.0') }, store)).root.digest).toBe(
      first.root.descriptor.digest,
    );
  });

  it.each([
    { order: ['1.0.0', '1.0.1'], expected: { 'v1.0': '1.0.1', v1: '1.0.1', latest: '1.0.1' }, why: 'they follow' },
    {
      order: ['1.1.0', '1.0.1'],
      expected: { 'v1.0': '1.0.1', v1: '1.1.0', latest: '1.1.0' },
      why: 'a patch of an older line moves only its own',
    },
    {
      order: ['1.0.10', '1.0.9'],
      expected: { 'v1.0': '1.0.10', v1: '1.0.10', latest: '1.0.10' },
      why: 'numbers, not text',
    },
    {
      order: ['1.0.0', '2.0.0-rc.1'],
      expected: { 'v1.0': '1.0.0', v1: '1.0.0', latest: '1.0.0' },
      why: 'a prerelease moves none',
    },
    {
      order: ['1.0.0', '1.0.0+b'],
      expected: { 'v1.0': '1.0.0+b' },
      why: 'build metadata has no order, so the later one may take it',
    },
  ])('moves tags for $order: $why', async ({ order, expected }) => {
    const store = createMemoryContentStore();
    for (const text of order) await publishAlone(text, store);
    for (const [tag, held] of Object.entries(expected)) {
      const { root } = await resolveSelector({ kind: 'tag', tag } as never, store);
      expect(await versionAt(root, store), tag).toBe(held);
    }
  });

  it('leaves moving tags at the highest version, whichever of two publishers is the slower', async () => {
    const store = createMemoryContentStore();
    const slow: typeof store = {
      ...store,
      tag: async (...call) => {
        await new Promise((done) => setTimeout(done, 20));
        return store.tag(...call);
      },
    };
    const publish = async (text: string, into: typeof store): Promise<unknown> => {
      const built = await buildArtifact(
        createSourceTree({ [`migrations/${text}.sql`]: table('t') }),
        null,
        buildOptions(text),
      );
      return publishArtifact(built, into);
    };
    await Promise.all([publish('1.0.1', slow), publish('1.0.2', store)]);
    for (const tag of ['v1.0', 'v1', 'latest']) {
      const { root } = await resolveSelector({ kind: 'tag', tag } as never, store);
      expect(await versionAt(root, store), tag).toBe('1.0.2');
    }
  });

  it('asks nothing of blobs of a release that is there unchanged, unless it is to be repaired', async () => {
    const store = createMemoryContentStore();
    const first = await publishChain({ '1.0.0': { 'migrations/1.sql': table('a') } }, store);
    const layer = first.image.layers[0];
    if (layer === undefined) throw new RangeError('a release has a layer');
    const lost = new Set([layer.digest]);
    const losing: typeof store = {
      ...store,
      wholeManifests: true,
      has: async (descriptor, options) => !lost.has(descriptor.digest) && store.has(descriptor, options),
      push: async (descriptor, ...rest) => {
        lost.delete(descriptor.digest);
        await store.push(descriptor, ...rest);
      },
    };
    const tree = createSourceTree({ 'migrations/1.sql': table('a') });
    const built = await buildArtifact(tree, null, buildOptions('1.0.0'));
    expect(built.root.descriptor.digest).toBe(first.root.digest);
    await publishArtifact(built, losing);
    expect(lost.size).toBe(1);
    await publishArtifact(built, losing, { repair: true });
    expect(lost.size).toBe(0);
  });

  it('carries earlier layers into another store', async () => {
    const first = await publishChain({ '1.0.0': { 'migrations/1.sql': table('a') } });
    const sources = createSourceTree({ 'migrations/1.sql': table('a'), 'migrations/2.sql': table('b') });
    const elsewhere = createMemoryContentStore();
    await publishArtifact(await buildArtifact(sources, first, buildOptions('1.1.0')), elsewhere);
    const pulled = await pullArtifact({ kind: 'version', version: version('1.1.0') }, elsewhere);
    expect((await pulled.readFiles(version('1.0.0'))).size).toBe(1);
    expect(await listVersions(elsewhere), 'the earlier artifact itself is not published').toEqual(['1.1.0']);
  });
});
