import nodeFs from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushImage, sampleBlob, sampleImage, sampleIndex, toTag } from '@squizzle/core/testing';
import { digestHex, type RegistryHost } from '@squizzle/oci-spec';
import { OPEN_ACCESS, RegistryError, startRegistry, type Access, type RunningRegistry } from '@squizzle/registry';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeContext } from '../../test/context-folder.ts';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import type { RegistryEvent } from '../registry/registry-event.ts';
import type { BuiltImage } from './build-image.ts';
import { parseClientReference } from './client/client-reference.ts';
import type { TransferProgress } from './client/transfer-progress.ts';
import { createImageBuilder } from './image-builder.ts';
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './registry-client.ts';

const homeFolder = join(tmpdir(), 'squizzle-no-home');
const folder = useTemporaryFolder();
const storageDir = (): string => join(folder(), 'images');
const PASSWORD = 'planted-password';

function clientOf(url: string, options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const client = createRegistryClient({ url, homeFolder, storageDir: storageDir(), ...options });
  onTestFinished(async () => client.close());
  return client;
}

async function build(tag = 'team/app:1.0', text = 'x'.repeat(300_000)): Promise<BuiltImage> {
  const contextPath = await writeContext(join(folder(), 'context'), { text, 'bin/run': { run: '#!' } });
  return createImageBuilder({ storageDir: storageDir() }).build({ contextPath, tag, labels: { team: 'shop' } });
}

/** Alice may do everything; nobody else gets in. */
const ALICE_ONLY: Access = {
  ...OPEN_ACCESS,
  async identify(authorization) {
    if (authorization === `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}`) {
      return { user: 'alice' };
    }
    throw new RegistryError('UNAUTHORIZED', 'who are you?', { headers: { 'WWW-Authenticate': 'Basic realm="test"' } });
  },
};

describe('a registry client', () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => registry.stop(0));
  const client = (options?: Partial<RegistryClientOptions>): RegistryClient => clientOf(registry.url, options);

  it('brings an image to a registry and back: the same bytes', async () => {
    const built = await build('team/round:1.0');
    const told: TransferProgress[] = [];
    const pushed = await client().push(built, 'team/round:1.0', { onProgress: (progress) => void told.push(progress) });
    expect(pushed).toEqual({
      reference: `${client().host}/team/round:1.0`,
      digest: built.digest,
      size: built.size,
    });
    const last = new Map(told.map(({ digest, done, total }) => [digest, done === total]));
    expect([...last.values()]).toEqual([true, true, true]);
    expect([...last.keys()]).toEqual(expect.arrayContaining([built.imageId, built.digest]));

    const pulledDir = join(folder(), 'pulled');
    const received: TransferProgress[] = [];
    const onProgress = (progress: TransferProgress): void => void received.push(progress);
    const pulled = await client().pull('team/round:1.0', pulledDir, { onProgress });
    const { imageId, digest, size } = built;
    expect(pulled).toMatchObject({ imageId, digest, size, labels: { team: 'shop' }, tags: [pushed.reference] });
    expect(received.filter(({ done, total }) => done === total)).toHaveLength(3);
    expect((await nodeFs.readdir(pulledDir)).toSorted()).toEqual([`${digestHex(digest)}.tar`, 'tags.json']);
    const again = await client().push(pulled, 'team/copy');
    expect(again).toMatchObject({ reference: `${client().host}/team/copy:latest`, digest });
  });

  it.each([
    { image: (built: BuiltImage) => built.storagePath, why: 'the path of its file' },
    { image: () => 'team/app:1.0', why: 'its name in the storage' },
    { image: ({ imageId }: BuiltImage) => digestHex(imageId).slice(0, 12), why: 'the digits of its id' },
  ])('pushes an image given by $why', async ({ image }) => {
    const built = await build();
    expect((await client().push(image(built), `${client().host}/team/given`)).digest).toBe(built.digest);
  });

  it('sends nothing again that is there', async () => {
    const built = await build('team/twice:1.0');
    await client().push(built, 'team/twice:1.0');
    const outcomes: string[] = [];
    const onEvent = (event: RegistryEvent): void => {
      if (event.type === 'blob-finished' && event.outcome === 'transferred') outcomes.push(event.digest);
    };
    const told: TransferProgress[] = [];
    await client({ onEvent }).push(built, 'team/twice:1.0', { onProgress: (progress) => void told.push(progress) });
    expect(outcomes).toEqual([]);
    expect(told.map(({ done, total }) => total - done)).toEqual([0, 0, 0]);
  });

  it('moves a tag', async () => {
    const one = await build('team/moved', '1');
    const two = await build('team/moved', '2');
    await client().push(one, 'team/moved');
    await client().push(two, 'team/moved');
    expect((await client().store('team/moved').resolve(toTag('latest')))?.digest).toBe(two.digest);
  });

  it('pulls by digest what has no name then', async () => {
    const built = await build('team/digest');
    await client().push(built, 'team/digest');
    const pulled = await client().pull(`team/digest@${built.digest}`, join(folder(), 'pulled'));
    expect(pulled).toMatchObject({ digest: built.digest, tags: [] });
  });

  it('pulls an index with the images of all platforms, and pushes it elsewhere', async () => {
    const store = client().store('team/multi');
    const layers = [sampleBlob(2_000, 1), sampleBlob(3_000, 2)];
    const inner = await Promise.all(layers.map(async (layer, at) => pushImage(store, `inner-${at}`, [layer])));
    const outer = sampleIndex(inner);
    await store.push(outer.descriptor, [outer.bytes]);
    await store.tag(outer.descriptor, toTag('v1'));
    const pulled = await client().pull('team/multi:v1', join(folder(), 'pulled'));
    expect(pulled).toMatchObject({ imageId: outer.descriptor.digest, digest: outer.descriptor.digest, created: null });
    await client().push(pulled, 'team/multi-copy:v1');
    expect(
      await client()
        .store('team/multi-copy')
        .has(inner[0] ?? outer.descriptor),
    ).toBe(true);
  });

  it('finds no image that is not there, and leaves nothing behind', async () => {
    const pulling = client().pull('team/nothing:1', join(folder(), 'pulled'));
    await expect(pulling).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { what: 'tag', name: '1', repository: 'team/nothing' },
    });
    const missing = sampleImage('missing').descriptor.digest;
    const byDigest = client().pull(`team/nothing@${missing}`, join(folder(), 'pulled'));
    await expect(byDigest).rejects.toMatchObject({ code: 'NOT_FOUND', details: { what: 'manifest', name: missing } });
    expect(await nodeFs.readdir(folder())).toEqual([]);
  });

  it('leaves nothing behind when a pull is aborted', async () => {
    const built = await build('team/aborted', 'y'.repeat(3_000_000));
    await client().push(built, 'team/aborted');
    const abort = new AbortController();
    const options = { signal: abort.signal, onProgress: () => abort.abort(new RangeError('enough')) };
    const pulling = client().pull('team/aborted', join(folder(), 'pulled'), options);
    await expect(pulling).rejects.toThrow('enough');
    expect(await nodeFs.readdir(folder())).not.toContain('pulled');
  });

  it('sets no tag when a push is aborted', async () => {
    const built = await build('team/stopped');
    const abort = new AbortController();
    const options = { signal: abort.signal, onProgress: () => abort.abort(new RangeError('enough')) };
    await expect(client().push(built, 'team/stopped', options)).rejects.toThrow('enough');
    expect(await client().listTags('team/stopped')).toEqual([]);
  });

  it('pushes no image that is damaged', async () => {
    const built = await build('team/damaged');
    const bytes = await nodeFs.readFile(built.storagePath);
    const gzip = bytes.indexOf(Buffer.of(0x1f, 0x8b, 8));
    bytes.fill(0xff, gzip + 20, gzip + 30);
    await nodeFs.writeFile(built.storagePath, bytes);
    await expect(client().push(built, 'team/damaged')).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await client().listTags('team/damaged')).toEqual([]);
  });

  it.each([
    { image: 'nothing:1', options: {}, code: 'ARTIFACT_NOT_FOUND', why: 'no such image' },
    { image: 'app:1', options: { storageDir: undefined }, code: 'ARTIFACT_NOT_FOUND', why: 'no folder to look in' },
    { image: '/nowhere/x.tar', options: {}, code: 'STORE_UNUSABLE', why: 'no such file' },
  ])('pushes nothing without an image: $why', async ({ image, options, code }) => {
    await expect(client(options).push(image, 'team/app')).rejects.toMatchObject({ code });
  });

  it('lists repositories and tags, and takes tags away', async () => {
    const built = await build();
    for (const tag of ['1.0', '1.1', 'latest']) await client().push(built, `team/listed:${tag}`);
    expect(await client().listRepositories()).toContain('team/listed');
    expect(await client().listTags('team/listed')).toEqual(['1.0', '1.1', 'latest']);
    await client().deleteTag('team/listed', '1.1');
    await client().deleteTag('team/listed', '1.1');
    expect(await client().listTags(`${client().host}/team/listed`)).toEqual(['1.0', 'latest']);
    expect(await client().listTags('team/unheard-of')).toEqual([]);
  });

  it.each([
    { run: async (each: RegistryClient) => each.deleteTag('team/app', 'a b'), why: 'a tag' },
    { run: async (each: RegistryClient) => each.listTags('team/app:1'), why: 'a repository' },
    { run: async (each: RegistryClient) => each.pull('Team/App', folder()), why: 'an image' },
    {
      run: async (each: RegistryClient) => each.push('x.tar', `team/app@sha256:${'0'.repeat(64)}`),
      why: 'a place to push to',
    },
  ])('refuses what is no name of $why', async ({ run }) => {
    await expect(run(client())).rejects.toMatchObject({ code: 'SELECTOR_INVALID' });
  });

  it('is open to all where the registry is', async () => {
    expect(await client().authenticate()).toEqual({ registry: client().host, username: null, credentials: null });
  });
});

describe('a registry that asks who is there', () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ access: ALICE_ONLY });
  });
  afterAll(async () => registry.stop(0));

  it('takes the right credentials, and everything works with them', async () => {
    const client = clientOf(registry.url, { username: 'alice', password: PASSWORD });
    expect(await client.authenticate()).toMatchObject({ registry: client.host, username: 'alice' });
    await client.push(await build(), 'team/app:1.0');
    expect(await client.listRepositories()).toEqual(['team/app']);
  });

  it.each([
    { options: {}, credentials: null, why: 'none' },
    {
      options: { username: 'alice', password: 'wrong-password' },
      credentials: expect.any(String) as string,
      why: 'a wrong password',
    },
  ])('refuses $why, and no error shows a password', async ({ options, credentials }) => {
    const thrown: unknown = await clientOf(registry.url, options)
      .authenticate()
      .catch((cause: unknown) => cause);
    expect(thrown).toMatchObject({
      code: 'AUTH_REQUIRED',
      details: { registry: new URL(registry.url).host, credentials },
    });
    expect(`${JSON.stringify(thrown)} ${(thrown as Error).stack}`).not.toContain('wrong-password');
  });
});

describe('listRepositories', () => {
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('reads page after page, and passes over what is no name', async () => {
    const pages: Readonly<Record<string, readonly [body: string, link?: string]>> = {
      '/v2/_catalog?n=1000': ['{"repositories":["b","NOT A NAME",null]}', '</v2/_catalog?last=b>; rel="next"'],
      '/v2/_catalog?last=b': ['{"repositories":["a/x","b"]}', '</v2/_catalog?last=c>; rel="next"'],
      '/v2/_catalog?last=c': ['{"repositories":null}'],
    };
    const url = await serve((request, response) => {
      const [body = '{}', link] = pages[request.url ?? ''] ?? [];
      response.writeHead(200, link === undefined ? {} : { link }).end(body);
    });
    expect(await clientOf(url).listRepositories()).toEqual(['a/x', 'b']);
  });

  it.each([
    { status: 404, body: '', code: 'UNSUPPORTED', why: 'there is none' },
    { status: 405, body: '', code: 'UNSUPPORTED', why: 'it is not allowed' },
    { status: 403, body: '', code: 'FORBIDDEN', why: 'it is for others' },
    { status: 200, body: '<html>', code: 'RESPONSE_INVALID', why: 'a page for people' },
    { status: 200, body: '{"repositories":{}}', code: 'RESPONSE_INVALID', why: 'no list' },
    { status: 200, body: '[]', code: 'RESPONSE_INVALID', why: 'no object' },
  ])('says so when the registry has no catalog: $why', async ({ status, body, code }) => {
    const url = await serve((_request, response) => void response.writeHead(status).end(body));
    await expect(clientOf(url).listRepositories()).rejects.toMatchObject({ code });
  });

  it('does not even ask Docker Hub', async () => {
    await expect(clientOf('docker.io').listRepositories()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('authenticates with no server that is no registry', async () => {
    const url = await serve((_request, response) => void response.writeHead(404).end('<html>'));
    await expect(clientOf(url).authenticate()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a reference', () => {
  const gitea = 'gitea.example.com' as RegistryHost;
  it.each([
    { text: 'team/app:1.0', host: gitea, repository: 'team/app', tag: '1.0', why: 'the short form' },
    { text: 'gitea.example.com/team/app:1.0', host: gitea, repository: 'team/app', tag: '1.0', why: 'the long form' },
    { text: 'app', host: gitea, repository: 'app', tag: undefined, why: 'no tag' },
    {
      text: 'app',
      host: 'docker.io' as RegistryHost,
      repository: 'library/app',
      tag: undefined,
      why: 'an official one',
    },
    {
      text: 'docker.io/me/app',
      host: 'docker.io' as RegistryHost,
      repository: 'me/app',
      tag: undefined,
      why: 'Docker Hub',
    },
  ])('is read for its registry: $text, $why', ({ text, host, repository, tag }) => {
    const reference = parseClientReference(text, host);
    expect([reference.registry, reference.repository, reference.tag]).toEqual([host, repository, tag]);
  });

  it.each([
    { text: 'ghcr.io/team/app', why: 'another registry' },
    { text: 'docker.io/team/app', why: 'Docker Hub' },
    { text: 'localhost:5000/app', why: 'a registry of this machine' },
    { text: 'Team/app', why: 'upper case' },
    { text: '', why: 'nothing' },
    { text: 'a'.repeat(10_000), why: 'too long' },
  ])('is refused: $why', ({ text }) => {
    expect(() => parseClientReference(text, gitea)).toThrow(expect.objectContaining({ code: 'SELECTOR_INVALID' }));
  });
});
