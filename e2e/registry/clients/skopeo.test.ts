/**
 * skopeo against the built server. Images are made here, so each digest is known before the client sees it.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { HTPASSWD, PASSWORD, USER } from './auth-users.ts';
import { createCleanup } from './cleanup.ts';
import { createClientHome, type ClientHome } from './client-home.ts';
import { openGate, type Gate } from './gate.ts';
import {
  ACCEPT_MANIFESTS,
  blobsOf,
  descriptorOf,
  digestOf,
  imageOf,
  jsonContent,
  layerOf,
  layoutPath,
  listOf,
  noise,
  STREAM_BYTES,
  writeLayout,
  type Content,
} from './images.ts';
import { countBetween, countPush } from './logged-requests.ts';
import { faultOf, mustRun, runProgram, startProgram, type Ended } from './program.ts';
import { startTestedRegistry, type TestedRegistry } from './tested-registry.ts';

const fault = faultOf({ name: 'skopeo', debian: 'skopeo' });

const SMALL = imageOf([layerOf({ 'etc/name': 'small\n' })]);
const LARGE = imageOf([layerOf({ 'etc/name': 'large\n' }), layerOf({ 'var/noise': noise(STREAM_BYTES, 'skopeo') })]);
const LIST = listOf([imageOf([layerOf({ arch: 'amd64' })]), imageOf([layerOf({ arch: 'arm64' })], 'arm64')]);

describe.skipIf(fault !== null)(`skopeo${fault === null ? '' : ` (${fault})`}`, () => {
  const cleanup = createCleanup();
  let home: ClientHome;
  let registry: TestedRegistry;
  let layout: string;

  beforeAll(async () => {
    home = cleanup.add(await createClientHome(), ({ remove }) => remove());
    layout = await writeLayout(home.path('layout'), { small: SMALL, large: LARGE, list: LIST });
    registry = cleanup.add(await startTestedRegistry(), ({ stop }) => stop());
  });
  afterAll(cleanup.run);

  const skopeo = (...args: readonly string[]): Promise<string> => mustRun('skopeo', args, { env: home.env });
  const failing = (...args: readonly string[]): Promise<Ended> => runProgram('skopeo', args, { env: home.env });
  const at = (name: string, host = registry.host): string => `docker://${host}/${name}`;
  const push = (image: string, to: string, host = registry.host): Promise<string> =>
    skopeo('copy', '--all', '--dest-tls-verify=false', `oci:${layout}:${image}`, at(to, host));
  const pull = (from: string, folder: string): Promise<string> =>
    skopeo('copy', '--all', '--src-tls-verify=false', at(from), `oci:${home.path(folder)}:pulled`);
  const read = (folder: string, contents: readonly Content[]): Promise<readonly string[]> =>
    Promise.all(contents.map(async ({ digest }) => digestOf(await readFile(layoutPath(home.path(folder), digest)))));
  const digests = (contents: readonly Content[]): readonly string[] => contents.map(({ digest }) => digest);

  describe('stories 008, 009, 014 push, pull and mount', () => {
    it('pulls the bytes that were pushed, under the digest they were pushed with', async () => {
      await push('large', 'copy/large:1.0.0');
      await pull('copy/large:1.0.0', 'pulled-large');
      const index = await readFile(home.path('pulled-large', 'index.json'), 'utf8');
      expect(JSON.parse(index)).toMatchObject({ manifests: [{ digest: LARGE.digest }] });
      expect(await read('pulled-large', [LARGE, ...blobsOf(LARGE)])).toEqual(digests([LARGE, ...blobsOf(LARGE)]));
    });

    it('shows the manifest byte for byte, by tag and by digest', async () => {
      await push('small', 'raw:1.0.0');
      for (const name of ['raw:1.0.0', `raw@${SMALL.digest}`]) {
        expect(await skopeo('inspect', '--tls-verify=false', '--raw', at(name))).toBe(SMALL.bytes.toString());
        expect(await skopeo('inspect', '--tls-verify=false', '--raw', '--config', at(name))).toBe(
          SMALL.config.bytes.toString(),
        );
      }
      const format = ['--format', '{{.Digest}}'];
      expect((await skopeo('inspect', '--tls-verify=false', ...format, at('raw:1.0.0'))).trim()).toBe(SMALL.digest);
    });

    it('keeps Docker’s own manifest format as it was pushed', async () => {
      await skopeo('copy', '--format=v2s2', '--dest-tls-verify=false', `oci:${layout}:small`, at('format:v2s2'));
      await skopeo('copy', '--src-tls-verify=false', at('format:v2s2'), `dir:${home.path('v2s2')}`);
      const manifest = await readFile(home.path('v2s2', 'manifest.json'));
      expect(JSON.parse(manifest.toString())).toMatchObject({
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        layers: [{ digest: SMALL.layers[0]?.digest }],
      });
      const { headers } = await send('HEAD', `${registry.url}/v2/format/manifests/v2s2`, {
        headers: { accept: ACCEPT_MANIFESTS },
      });
      expect(headers['docker-content-digest']).toBe(digestOf(manifest));
    });

    it('keeps an image for several architectures whole, and serves the one that is asked for', async () => {
      await push('list', 'list:1.0.0');
      expect(await skopeo('inspect', '--tls-verify=false', '--raw', at('list:1.0.0'))).toBe(LIST.bytes.toString());
      await pull('list:1.0.0', 'pulled-list');
      const everything = [LIST, ...LIST.images, ...LIST.images.flatMap(blobsOf)];
      expect(await read('pulled-list', everything)).toEqual(digests(everything));
      for (const image of LIST.images) {
        const inspect = [
          'inspect',
          '--tls-verify=false',
          '--override-arch',
          image.architecture,
          '--override-os',
          'linux',
        ];
        const layers = [...inspect, '--format', '{{.Architecture}} {{index .Layers 0}}', at('list:1.0.0')];
        expect((await skopeo(...layers)).trim()).toBe(`${image.architecture} ${image.layers[0]?.digest ?? ''}`);
      }
    });

    it('uploads nothing that is there already', async () => {
      await push('large', 'again:1.0.0');
      const before = await countPush(registry, 'again');
      await push('large', 'again:1.0.0');
      await push('large', 'again:2.0.0');
      const added = countBetween(before, await countPush(registry, 'again'));
      expect(before).toMatchObject({ manifests: 1 });
      expect(added).toEqual({ sessions: 0, mounts: 0, chunks: 0, manifests: 2 });
    });

    it('mounts what another repository has instead of sending it', async () => {
      await push('large', 'mount/from:1.0.0');
      const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
      await skopeo('copy', ...tls, at('mount/from:1.0.0'), at('mount/to:1.0.0'));
      // skopeo mounts layers, and sends the config in every case.
      const mounts = LARGE.layers.length;
      expect(await countPush(registry, 'mount/to')).toEqual({ sessions: 1, mounts, chunks: 1, manifests: 1 });
      await skopeo('delete', '--tls-verify=false', at('mount/from:1.0.0'));
      await pull('mount/to:1.0.0', 'pulled-mount');
      expect(await read('pulled-mount', blobsOf(LARGE))).toEqual(digests(blobsOf(LARGE)));
    });
  });

  describe('stories 010, 016, 017 tags and deletion', () => {
    it('lists the tags in the order of their bytes', async () => {
      const tags = ['latest', '1.9.0', 'a', 'Z', '1.10.0', '1.0.0', 'A', '_x'];
      for (const tag of tags) await push('small', `tags:${tag}`);
      const listed = JSON.parse(await skopeo('list-tags', '--tls-verify=false', at('tags'))) as {
        Tags: readonly string[];
      };
      expect(listed.Tags).toEqual(['1.0.0', '1.10.0', '1.9.0', 'A', 'Z', '_x', 'a', 'latest']);
    });

    it('lists more tags than fit in a page, following the links', async () => {
      await push('small', 'many:0000');
      const tags = Array.from({ length: 1_100 }, (_, index) => String(index).padStart(4, '0'));
      for (let from = 0; from < tags.length; from += 100) {
        const query = tags.slice(from, from + 100).map((tag) => `tag=${tag}`);
        const headers = { 'content-type': SMALL.mediaType };
        const url = `${registry.url}/v2/many/manifests/${SMALL.digest}?${query.join('&')}`;
        expect((await send('PUT', url, { headers, body: SMALL.bytes })).status).toBe(201);
      }
      const listed = JSON.parse(await skopeo('list-tags', '--tls-verify=false', at('many'))) as {
        Tags: readonly string[];
      };
      expect(listed.Tags).toEqual(tags);
    });

    it('says that the manifest is unknown once the image was deleted', async () => {
      await push('small', 'deleted:1.0.0');
      await skopeo('delete', '--tls-verify=false', at('deleted:1.0.0'));
      const copied = await failing('copy', '--src-tls-verify=false', at('deleted:1.0.0'), `dir:${home.path('none')}`);
      expect(copied.code).not.toBe(0);
      expect(copied.stderr).toContain('manifest unknown');
      await push('small', 'deleted:1.0.0');
      await pull('deleted:1.0.0', 'pulled-again');
      expect(await read('pulled-again', blobsOf(SMALL))).toEqual(digests(blobsOf(SMALL)));
    });

    it('synchronises a repository with all its tags to a folder, and the folder to another repository', async () => {
      const tags = ['1.0.0', '1.1.0', '2.0.0'];
      for (const [index, tag] of tags.entries()) await push(index === 2 ? 'large' : 'small', `sync/app:${tag}`);
      const from = `${registry.host}/sync/app`;
      await skopeo('sync', '--src-tls-verify=false', '--src=docker', '--dest=dir', from, home.path('synced'));
      expect((await readdir(home.path('synced'))).toSorted()).toEqual(tags.map((tag) => `app:${tag}`));
      const to = `${registry.host}/mirror`;
      await skopeo('sync', '--dest-tls-verify=false', '--src=dir', '--dest=docker', home.path('synced'), to);
      for (const tag of tags) {
        const raw = await skopeo('inspect', '--tls-verify=false', '--raw', at(`mirror/app:${tag}`));
        expect(digestOf(Buffer.from(raw)), tag).toBe(tag === '2.0.0' ? LARGE.digest : SMALL.digest);
      }
    });
  });

  describe('referrers', () => {
    it('copies an artifact that is attached to an image, found through the referrers list', async () => {
      await push('small', 'attached:1.0.0');
      const empty = jsonContent('application/vnd.oci.empty.v1+json', {});
      const report = jsonContent('application/vnd.example.report+json', { findings: [] });
      const artifact = jsonContent('application/vnd.oci.image.manifest.v1+json', {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactType: report.mediaType,
        config: descriptorOf(empty),
        layers: [descriptorOf(report)],
        subject: descriptorOf(SMALL),
      });
      const base = `${registry.url}/v2/attached`;
      for (const blob of [empty, report]) {
        const url = `${base}/blobs/uploads/?digest=${blob.digest}`;
        const headers = { 'content-type': 'application/octet-stream' };
        expect((await send('POST', url, { headers, body: blob.bytes })).status).toBe(201);
      }
      const headers = { 'content-type': artifact.mediaType };
      const put = await send('PUT', `${base}/manifests/${artifact.digest}`, { headers, body: artifact.bytes });
      expect(put).toMatchObject({ status: 201, headers: { 'oci-subject': SMALL.digest } });

      const listed = await send('GET', `${base}/referrers/${SMALL.digest}`);
      const index = JSON.parse(listed.body.toString()) as { manifests: readonly { digest: string }[] };
      expect(index.manifests).toMatchObject([{ digest: artifact.digest, artifactType: report.mediaType }]);
      await pull(`attached@${index.manifests[0]?.digest ?? ''}`, 'pulled-artifact');
      const contents = [artifact, empty, report];
      expect(await read('pulled-artifact', contents)).toEqual(digests(contents));
      // The image itself is what it was: attaching changes nothing that was pushed.
      expect(await skopeo('inspect', '--tls-verify=false', '--raw', at('attached:1.0.0'))).toBe(SMALL.bytes.toString());
    });
  });

  describe('story 036 interruptions', () => {
    let gate: Gate;
    beforeAll(async () => (gate = await openGate(registry.port)));
    afterAll(() => gate.close());

    const startPush = (to: string, host: string) =>
      startProgram('skopeo', ['copy', '--dest-tls-verify=false', `oci:${layout}:large`, at(to, host)], {
        env: home.env,
      });

    async function expectWhole(name: string): Promise<void> {
      await pull(`${name}:1.0.0`, `pulled-${name}`);
      expect(await read(`pulled-${name}`, blobsOf(LARGE))).toEqual(digests(blobsOf(LARGE)));
    }

    it('shows nothing of a push that was killed, and takes the next one', async () => {
      const held = gate.holdAfter(STREAM_BYTES / 2);
      const first = startPush('killed:1.0.0', gate.host);
      await held;
      first.kill('SIGKILL');
      expect((await first.ended).signal).toBe('SIGKILL');
      gate.open();
      const stream = LARGE.layers[1]?.digest ?? '';
      expect((await send('HEAD', `${registry.url}/v2/killed/blobs/${stream}`)).status).toBe(404);
      expect((await send('HEAD', `${registry.url}/v2/killed/manifests/1.0.0`)).status).toBe(404);
      await push('large', 'killed:1.0.0', gate.host);
      await expectWhole('killed');
    });

    it('takes five pushes at once of images that share layers', async () => {
      const base = layerOf({ 'var/noise': noise(STREAM_BYTES / 4, 'shared') });
      const images = ['a', 'b', 'c', 'd', 'e'].map((name) => imageOf([base, layerOf({ name })]));
      const tagged = Object.fromEntries(images.map((image, index) => [`image-${index}`, image]));
      const shared = await writeLayout(home.path('shared'), tagged);
      const copies = images.map((_, index) =>
        skopeo('copy', '--dest-tls-verify=false', `oci:${shared}:image-${index}`, at(`parallel:${index}`)),
      );
      await Promise.all(copies);
      for (const [index, image] of images.entries()) {
        await pull(`parallel:${index}`, `pulled-parallel-${index}`);
        const contents = [image, ...blobsOf(image)];
        expect(await read(`pulled-parallel-${index}`, contents)).toEqual(digests(contents));
      }
    });

    it.each([
      { signal: 'SIGTERM', ended: { code: 0, signal: null }, why: 'it is told to stop' },
      { signal: 'SIGKILL', ended: { code: null, signal: 'SIGKILL' }, why: 'it dies' },
    ] as const)(
      'takes the next push after the server is restarted in the midst of one: $why',
      async ({ signal, ended }) => {
        const name = `restarted-${signal.toLowerCase()}`;
        const root = join(home.folder, name);
        const server = await startTestedRegistry({ root });
        const between = await openGate(server.port);
        try {
          const held = between.holdAfter(STREAM_BYTES / 2);
          const first = startPush(`${name}:1.0.0`, between.host);
          await held;
          const stopped = server.end(signal);
          between.open();
          await first.ended;
          expect(await stopped).toEqual(ended);
          const next = await startTestedRegistry({ root, port: server.port });
          try {
            await push('large', `${name}:1.0.0`, between.host);
            const to = `oci:${home.path(`pulled-${name}`)}:pulled`;
            await skopeo('copy', '--src-tls-verify=false', at(`${name}:1.0.0`, next.host), to);
            expect(await read(`pulled-${name}`, blobsOf(LARGE))).toEqual(digests(blobsOf(LARGE)));
          } finally {
            await next.stop();
          }
        } finally {
          await between.close();
          await server.stop();
        }
      },
    );
  });

  it('story 011 pulls without a password where that is allowed, and pushes with one alone', async () => {
    const htpasswd = home.path('htpasswd');
    await writeFile(htpasswd, HTPASSWD);
    const half = await startTestedRegistry({ htpasswd, anonymousPull: true });
    try {
      const pushing = ['copy', '--dest-tls-verify=false', `oci:${layout}:small`, at('public:1.0.0', half.host)];
      const anonymous = await failing(...pushing);
      expect(anonymous.code).not.toBe(0);
      expect(anonymous.stderr).toMatch(/authentication required|unauthorized/);
      await skopeo(...pushing, '--dest-creds', `${USER}:${PASSWORD}`);
      await skopeo(
        'copy',
        '--src-tls-verify=false',
        at('public:1.0.0', half.host),
        `oci:${home.path('public')}:pulled`,
      );
      expect(await read('public', blobsOf(SMALL))).toEqual(digests(blobsOf(SMALL)));
    } finally {
      await half.stop();
    }
  });
});
