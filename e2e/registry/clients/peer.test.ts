/**
 * The built server beside Debian's docker-registry: images move between them unchanged, and a client that knows the
 * one gets the same answers from the other.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeStep, playSteps, STEPS } from './api-steps.ts';
import { createCleanup } from './cleanup.ts';
import { createClientHome, type ClientHome } from './client-home.ts';
import { blobsOf, digestOf, imageOf, layerOf, listOf, noise, STREAM_BYTES, writeLayout } from './images.ts';
import { startPeerRegistry, type PeerRegistry } from './peer-registry.ts';
import { faultOf, mustRun } from './program.ts';
import { startTestedRegistry, type TestedRegistry } from './tested-registry.ts';

const fault = faultOf({ name: 'docker-registry', debian: 'docker-registry' }, { name: 'skopeo', debian: 'skopeo' });

const LARGE = imageOf([layerOf({ 'etc/name': 'large\n' }), layerOf({ 'var/noise': noise(STREAM_BYTES, 'peer') })]);
const LIST = listOf([imageOf([layerOf({ arch: 'amd64' })]), imageOf([layerOf({ arch: 'arm64' })], 'arm64')]);

describe.skipIf(fault !== null)(`beside docker-registry${fault === null ? '' : ` (${fault})`}`, () => {
  const cleanup = createCleanup();
  let home: ClientHome;
  let peer: PeerRegistry;
  let registry: TestedRegistry;

  beforeAll(async () => {
    home = cleanup.add(await createClientHome(), ({ remove }) => remove());
    peer = cleanup.add(await startPeerRegistry(), ({ stop }) => stop());
    registry = cleanup.add(await startTestedRegistry(), ({ stop }) => stop());
  });
  afterAll(cleanup.run);

  const copy = (from: string, to: string): Promise<string> => {
    const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    return mustRun('skopeo', ['copy', '--all', ...tls, from, to], { env: home.env });
  };

  /** Digest by name of file: what `dir:` makes of an image is its manifests and blobs. */
  async function filesOf(image: string, folder: string): Promise<Readonly<Record<string, string>>> {
    await copy(image, `dir:${home.path(folder)}`);
    const names = await readdir(home.path(folder));
    const entries = names.map(async (name) => [name, digestOf(await readFile(join(home.path(folder), name)))] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  describe('an image goes from the one to the other and back', () => {
    it.each([
      { name: 'image', content: LARGE, blobs: blobsOf(LARGE) },
      { name: 'list', content: LIST, blobs: LIST.images.flatMap(blobsOf) },
    ])('with every byte of the $name', async ({ name, content, blobs }) => {
      const layout = await writeLayout(home.path(`layout-${name}`), { [name]: content });
      const names = [
        `docker://${peer.host}/${name}/first:1.0.0`,
        `docker://${registry.host}/${name}/second:1.0.0`,
        `docker://${peer.host}/${name}/third:1.0.0`,
      ] as const;
      await copy(`oci:${layout}:${name}`, names[0]);
      await copy(names[0], names[1]);
      await copy(names[1], names[2]);
      const [first, second, third] = await Promise.all(names.map((image, index) => filesOf(image, `${name}-${index}`)));
      expect(first).toMatchObject({ 'manifest.json': content.digest });
      expect(Object.values(first ?? {})).toEqual(expect.arrayContaining(blobs.map(({ digest }) => digest)));
      expect(second).toEqual(first);
      expect(third).toEqual(first);
    });
  });

  describe('the same requests get the same answers', () => {
    const expected = STEPS.map(({ why, method, target, answer }) => describeStep(method, target, why, answer));

    it.each([
      { name: 'docker-registry', url: () => peer.url },
      { name: 'this server', url: () => registry.url },
    ])('from $name', async ({ url }) => {
      expect(await playSteps(url())).toEqual(expected);
    });
  });
});
