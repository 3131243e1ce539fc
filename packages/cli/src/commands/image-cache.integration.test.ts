import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryClient, RegistryClientOptions } from '@squizzle/oci';
import { createContentCache } from '@squizzle/oci';
import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { createCli, withTools } from '../../test/cli-fixture.ts';

const CONTEXT = { 'app/index.html': '<p>hello</p>\n', 'app/secret.env': 'X=1\n', 'app/.dockerignore': '*.env\n' };

describe('image', () => {
  it('is built, listed, named and removed', async () => {
    const cli = await createCli(CONTEXT);
    const built = await cli.json('image build app -t app:1.0 --exclude *.md --label team=db');
    expect(built).toMatchObject({
      tag: 'app:1.0',
      storagePath: expect.stringContaining('.local/share/squizzle/images') as string,
    });
    expect(await cli.json('image list')).toMatchObject({
      images: [{ tags: ['app:1.0'], labels: { team: 'db' } }],
      damaged: [],
    });
    expect((await cli.squizzle('image tag app:1.0 ghcr.io/acme/app:1.0')).stdout).toMatch(
      / is app:1\.0, ghcr\.io\/acme\/app:1\.0\n$/,
    );
    expect((await cli.squizzle('image list')).stdout).toMatch(/^NAMES +IMAGE +CREATED +SIZE +DIGEST\napp:1\.0, ghcr/);
    expect((await cli.squizzle('image remove app:1.0 ghcr.io/acme/app:1.0')).stdout).toBe(
      `untagged app:1.0\nuntagged ghcr.io/acme/app:1.0\nremoved ${String(built['digest'])}\n`,
    );
    await expect(stat(String(built['storagePath']))).rejects.toThrow('ENOENT');
  });

  it('is kept where --storage says, and is the same wherever it is built', async () => {
    const cli = await createCli(CONTEXT);
    const [one, two] = [
      await cli.json('image build app -t a --storage images'),
      await cli.json('image build app -t b'),
    ];
    expect(one).toMatchObject({
      digest: two['digest'],
      storagePath: expect.stringContaining(join(cli.folder, 'images')) as string,
    });
  });

  it.each([
    { args: 'image build app', code: 'USAGE_INVALID', why: 'no name' },
    { args: 'image build app -t App:1', code: 'SELECTOR_INVALID', why: 'capitals' },
    { args: 'image build nowhere -t app', code: 'CONTEXT_INVALID', why: 'no such folder' },
    { args: 'image build app -t app --label team', code: 'USAGE_INVALID', why: 'a label has a value' },
    { args: 'image tag app:2 app:3', code: 'ARTIFACT_NOT_FOUND', why: 'no such image' },
    { args: 'image push app:2', code: 'ARTIFACT_NOT_FOUND', why: 'no such image' },
  ])('$args is $code: $why', async ({ args, code }) => {
    const cli = await createCli(CONTEXT);
    expect(await cli.failure(args)).toMatchObject({ code });
  });

  it('is pushed under its own name or another, to that registry', async () => {
    const cli = await createCli(CONTEXT);
    const pushes: string[] = [];
    const createRegistryClient = ({ url, insecure }: RegistryClientOptions): RegistryClient => {
      const push: RegistryClient['push'] = async (_image, reference) => {
        pushes.push(`${url} ${String(insecure)} ${reference}`);
        return { reference, digest: digestOf(new Uint8Array()), size: 10 };
      };
      return { push, close: async () => undefined } as unknown as RegistryClient;
    };
    const call = { adapters: withTools({ createRegistryClient }) };
    const { imageId } = await cli.json('image build app -t ghcr.io/acme/app:1.0');
    await cli.json('image push ghcr.io/acme/app:1.0', call);
    await cli.json(`image push ${String(imageId).slice(0, 20)}`, call);
    await cli.json('image push ghcr.io/acme/app:1.0 localhost:5000/app --insecure', call);
    expect(pushes).toEqual([
      'ghcr.io false ghcr.io/acme/app:1.0',
      'ghcr.io false ghcr.io/acme/app:1.0',
      'localhost:5000 true localhost:5000/app',
    ]);
    await cli.json('image tag ghcr.io/acme/app:1.0 other');
    const failure = await cli.failure(`image push ${String(imageId)}`, call);
    expect(failure).toMatchObject({ code: 'USAGE_INVALID', message: expect.stringContaining('has 2 names') as string });
  });
});

describe('cache', () => {
  async function createFilled() {
    const cli = await createCli();
    const cache = createContentCache(join(cli.folder, '.cache/squizzle/content'));
    for (const text of ['one', 'three']) {
      const bytes = new TextEncoder().encode(text);
      await cache.write({ digest: digestOf(bytes), size: bytes.byteLength }, [bytes]);
    }
    return cli;
  }

  it('lists what is kept', async () => {
    const cli = await createFilled();
    expect(await cli.json('cache list')).toMatchObject({ sizeBytes: 8, entries: [{ size: 5 }, { size: 3 }] });
    expect((await cli.squizzle('cache list')).stderr).toMatch(/content holds 8 B in 2 blobs\n$/);
  });

  it.each([
    { args: 'cache prune', removed: 0, why: 'all was used this month' },
    { args: 'cache prune --older-than 0', removed: 2, why: 'nothing was used from now on' },
    { args: 'cache prune --max-size 5B', removed: 1, why: 'one must go' },
    { args: 'cache clear', removed: 2, why: 'everything' },
  ])('$args removes $removed: $why', async ({ args, removed }) => {
    const cli = await createFilled();
    expect(await cli.json(args)).toMatchObject({ removed });
    expect((await cli.squizzle('cache clear')).stdout).toContain(`removed ${2 - removed} blob`);
  });

  it.each(['cache prune --max-size much', 'cache prune --older-than 5'])('%s is USAGE_INVALID', async (args) => {
    const cli = await createFilled();
    expect(await cli.failure(args)).toMatchObject({ code: 'USAGE_INVALID' });
  });
});
