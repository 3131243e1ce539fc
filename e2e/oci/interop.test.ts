/**
 * The registry client beside others, through our server and through docker-registry: what one of them pushed, each other
 * one pulls byte for byte.
 */
import { copyContent } from '@squizzle/core';
import { createLayoutStore, createRegistryStore } from '@squizzle/oci';
import { parseTag, type Tag } from '@squizzle/oci-spec';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { createClientHome, type ClientHome } from '../registry/clients/client-home.ts';
import {
  blobsOf,
  digestOf,
  imageOf,
  layerOf,
  layoutPath,
  listOf,
  noise,
  writeLayout,
  type Content,
} from '../registry/clients/images.ts';
import { startPeerRegistry } from '../registry/clients/peer-registry.ts';
import { faultOf, mustRun } from '../registry/clients/program.ts';
import { storageFaultOf } from '../registry/clients/storage-fault.ts';
import { startTestedRegistry } from '../registry/clients/tested-registry.ts';

/** Large enough for several chunks of an upload: a monolithic one ends at 64 MiB. */
const LARGE_BYTES = 70_000_000;

const SMALL = imageOf([layerOf({ 'etc/name': 'small\n' })]);
const LARGE = imageOf([layerOf({ 'etc/name': 'large\n' }), layerOf({ 'var/noise': noise(LARGE_BYTES, 'interop') })]);
const LIST = listOf([imageOf([layerOf({ arch: 'amd64' })]), imageOf([layerOf({ arch: 'arm64' })], 'arm64')]);
const IMAGES = { small: SMALL, large: LARGE, list: LIST };
type Name = keyof typeof IMAGES;

const contentsOf = (name: Name): readonly Content[] => {
  const image = IMAGES[name];
  return 'images' in image ? [image, ...image.images, ...image.images.flatMap(blobsOf)] : [image, ...blobsOf(image)];
};
const tagOf = (text: string): Tag => parseTag(text) ?? expect.fail(`${text} is a tag`);

const peerFault = faultOf({ name: 'docker-registry', debian: 'docker-registry' });
const skopeoFault = faultOf({ name: 'skopeo', debian: 'skopeo' });
const suffixOf = (fault: string | null): string => (fault === null ? '' : ` (${fault})`);

describe.each([
  { server: 'squizzle-registry', start: startTestedRegistry, fault: null },
  { server: 'docker-registry', start: startPeerRegistry, fault: peerFault },
])('$server', ({ server, start, fault }) => {
  describe.skipIf(fault !== null)(`through ${server}${suffixOf(fault)}`, () => {
    const cleanup = createCleanup();
    let home: ClientHome;
    let host: string;
    let layout: string;

    beforeAll(async () => {
      home = cleanup.add(await createClientHome(), ({ remove }) => remove());
      layout = await writeLayout(home.path('layout'), IMAGES);
      ({ host } = cleanup.add(await start(), ({ stop }) => stop()));
    });
    afterAll(cleanup.run);

    const open = (repository: string) => {
      const store = createRegistryStore({ registry: host, repository, insecure: true });
      return cleanup.add(store, ({ close }) => close());
    };
    const push = async (name: Name, repository: string): Promise<void> => {
      const [from, to] = [createLayoutStore(layout), open(repository)];
      const root = (await from.resolve(tagOf(name))) ?? expect.fail(`the layout has ${name}`);
      await copyContent(root, from, to);
      await to.tag(root, tagOf('v1'));
    };
    const pull = async (repository: string, folder: string): Promise<void> => {
      const [from, to] = [open(repository), createLayoutStore(home.path(folder))];
      const root = (await from.resolve(tagOf('v1'))) ?? expect.fail(`${repository} has v1`);
      await copyContent(root, from, to);
      await to.tag(root, tagOf('v1'));
    };
    const skopeo = (...args: readonly string[]) => mustRun('skopeo', args, { env: home.env });
    const digestsIn = async (folder: string): Promise<readonly string[]> => {
      const blobs = home.path(folder, 'blobs', 'sha256');
      const names = await readdir(blobs);
      return Promise.all(names.map(async (each) => digestOf(await readFile(join(blobs, each)))));
    };
    const expectWhole = async (folder: string, name: Name): Promise<void> => {
      const digests = contentsOf(name).map(({ digest }) => digest);
      expect([...(await digestsIn(folder))].sort()).toEqual([...new Set(digests)].sort());
      for (const { digest, bytes } of contentsOf(name)) {
        expect((await readFile(layoutPath(home.path(folder), digest))).equals(bytes), digest).toBe(true);
      }
    };

    const names = Object.keys(IMAGES) as Name[];

    it.each(names)('our own push of %s comes back byte for byte', async (name) => {
      await push(name, `own/${name}`);
      await pull(`own/${name}`, `own-${name}`);
      await expectWhole(`own-${name}`, name);
    });

    it.skipIf(skopeoFault !== null).each(names)(
      `skopeo pulls our push of %s byte for byte${suffixOf(skopeoFault)}`,
      async (name) => {
        await push(name, `ours/${name}`);
        const target = `oci:${home.path(`skopeo-${name}`)}:v1`;
        await skopeo('copy', '--all', '--src-tls-verify=false', `docker://${host}/ours/${name}:v1`, target);
        await expectWhole(`skopeo-${name}`, name);
      },
    );

    it.skipIf(skopeoFault !== null).each(names)(
      `we pull skopeo’s push of %s byte for byte${suffixOf(skopeoFault)}`,
      async (name) => {
        await skopeo(
          'copy',
          '--all',
          '--dest-tls-verify=false',
          `oci:${layout}:${name}`,
          `docker://${host}/theirs/${name}:v1`,
        );
        await pull(`theirs/${name}`, `theirs-${name}`);
        await expectWhole(`theirs-${name}`, name);
      },
    );

    it.skipIf(skopeoFault !== null)(
      `skopeo lists the tags that we set, and inspects what we pushed${suffixOf(skopeoFault)}`,
      async () => {
        await push('small', 'inspect');
        const listed = JSON.parse(await skopeo('list-tags', '--tls-verify=false', `docker://${host}/inspect`)) as {
          Tags: string[];
        };
        expect(listed.Tags).toEqual(['v1']);
        expect(await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/inspect:v1`)).toBe(
          SMALL.bytes.toString(),
        );
      },
    );
  });
});

const engines = await Promise.all(
  (['podman', 'buildah'] as const).map(async (program) => ({ program, fault: await storageFaultOf(program) })),
);

describe.each(engines)('$program', ({ program, fault }) => {
  it.skipIf(fault !== null)(`pulls what we pushed, and it is the image that was pushed${suffixOf(fault)}`, async () => {
    const cleanup = createCleanup();
    try {
      const home = cleanup.add(await createClientHome(), ({ remove }) => remove());
      const registry = cleanup.add(await startTestedRegistry(), ({ stop }) => stop());
      const from = createLayoutStore(await writeLayout(home.path('layout'), { small: SMALL }));
      const to = createRegistryStore({ registry: registry.host, repository: 'app', insecure: true });
      cleanup.add(to, ({ close }) => close());
      const root = (await from.resolve(tagOf('small'))) ?? expect.fail('the layout has it');
      await copyContent(root, from, to);
      await to.tag(root, tagOf('v1'));
      const folders = ['--storage-driver', 'vfs', '--root', home.path('root'), '--runroot', home.path('root-run')];
      const own = ['--cgroup-manager=cgroupfs', '--events-backend=file', `--tmpdir=${home.path('t')}`];
      const pull = ['pull', '-q', '--tls-verify=false', `${registry.host}/app:v1`];
      const args = [...folders, ...(program === 'podman' ? own : []), ...pull];
      const id = await mustRun(program, args, { env: home.env });
      expect(id.trim().replace('sha256:', '')).toBe(SMALL.config.digest.replace('sha256:', ''));
    } finally {
      await cleanup.run();
    }
  });
});
