/**
 * cosign's older signatures beside another implementation of them, containers/image in skopeo: what we sign it takes, what
 * it signs we take, and neither takes what another key signed. Through our server and through docker-registry.
 */
import { createPublicKey } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { copyContent, copySignatureTags, deleteSignatureTags } from '@squizzle/core';
import { createLayoutStore, createRegistryStore, type RegistryStore } from '@squizzle/oci';
import { parseTag, type Descriptor, type Tag } from '@squizzle/oci-spec';
import {
  discoverBundles,
  generateKeyPair,
  openKeySigner,
  verifyBundle,
  writeCosignSignature,
  type FoundBundle,
  type KeySigner,
} from '@squizzle/security';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { createClientHome, type ClientHome } from '../registry/clients/client-home.ts';
import { imageOf, layerOf, writeLayout } from '../registry/clients/images.ts';
import { startPeerRegistry } from '../registry/clients/peer-registry.ts';
import { faultOf, mustRun, runProgram, type Ended } from '../registry/clients/program.ts';
import { startTestedRegistry } from '../registry/clients/tested-registry.ts';
import { findSkopeo } from './find-skopeo.ts';

const PASSWORD = 'a password of this test';
const LIMITS = { bundleBytes: 1024 * 1024, referrers: 32 };
const skopeo = await findSkopeo();
const peerFault = faultOf({ name: 'docker-registry', debian: 'docker-registry' });
const suffixOf = (fault: string | null): string => (fault === null ? '' : ` (${fault})`);
const tagOf = (text: string): Tag => parseTag(text) ?? expect.fail(`${text} is a tag`);

interface KeyFiles {
  readonly privatePath: string;
  readonly publicPath: string;
  readonly publicKeyPem: string;
  readonly signer: KeySigner;
}

describe.each([
  { server: 'squizzle-registry', start: startTestedRegistry, fault: skopeo.fault },
  { server: 'docker-registry', start: startPeerRegistry, fault: skopeo.fault ?? peerFault },
])('$server', ({ server, start, fault }) => {
  describe.skipIf(fault !== null)(`cosign's older signatures through ${server}${suffixOf(fault)}`, () => {
    const cleanup = createCleanup();
    let home: ClientHome;
    let host: string;
    let layout: string;
    let ours: KeyFiles;
    let other: KeyFiles;
    let repositories = 0;
    let repository: string;
    let store: RegistryStore;
    let image: Descriptor;

    beforeAll(async () => {
      home = cleanup.add(await createClientHome(), ({ remove }) => remove());
      layout = await writeLayout(home.path('layout'), { v1: imageOf([layerOf({ 'etc/name': 'signed\n' })]) });
      ({ host } = cleanup.add(await start(), ({ stop }) => stop()));
      await mkdir(home.path('registries.d'));
      await writeFile(home.path('registries.d', 'all.yaml'), 'default-docker: { use-sigstore-attachments: true }\n');
      await writeFile(home.path('password'), PASSWORD);
      [ours, other] = [await makeKey('ours'), await makeKey('other')];
    });
    afterAll(cleanup.run);

    /** An image that nobody signed, in a repository of its own. */
    beforeEach(async () => {
      repository = `acme/db-${(repositories += 1)}`;
      store = open(repository);
      const from = createLayoutStore(layout);
      image = (await from.resolve(tagOf('v1'))) ?? expect.fail('the layout has v1');
      await copyContent(image, from, store);
      await store.tag(image, tagOf('v1'));
    });

    function open(name: string): RegistryStore {
      const opened = createRegistryStore({ registry: host, repository: name, insecure: true, soleWriter: true });
      return cleanup.add(opened, ({ close }) => close());
    }

    async function makeKey(name: string): Promise<KeyFiles> {
      const { privateKeyPem, publicKeyPem } = await generateKeyPair(PASSWORD);
      const [privatePath, publicPath] = [home.path(`${name}.key`), home.path(`${name}.pub`)];
      await writeFile(privatePath, privateKeyPem);
      await writeFile(publicPath, publicKeyPem);
      const readFile = async (): Promise<Uint8Array> => Buffer.from(privateKeyPem);
      const signer = await openKeySigner(privatePath, { readFile, password: async () => PASSWORD, env: {} });
      return { privatePath, publicPath, publicKeyPem, signer };
    }

    const reference = (tag = 'v1', name = repository): string => `${host}/${name}:${tag}`;
    const sign = async ({ signer }: KeyFiles, named = reference()): Promise<unknown> =>
      writeCosignSignature({ subject: image, reference: named, signer, store });

    const run = (args: readonly string[]): Promise<Ended> =>
      runProgram(skopeo.path ?? 'skopeo', ['--registries.d', home.path('registries.d'), ...args], { env: home.env });
    /** Pulls as somebody whose policy wants this key's signature, of the very reference. */
    const pullWith = async (key: KeyFiles, named = reference()): Promise<Ended> => {
      const requirement = { type: 'sigstoreSigned', keyPath: key.publicPath };
      const policy = { default: [{ type: 'reject' }], transports: { docker: { [host]: [requirement] } } };
      await writeFile(home.path('policy.json'), JSON.stringify(policy));
      await rm(home.path('pulled'), { recursive: true, force: true });
      const copy = ['copy', '-q', '--src-tls-verify=false', `docker://${named}`, `dir:${home.path('pulled')}`];
      return run(['--policy', home.path('policy.json'), ...copy]);
    };
    const signWithSkopeo = async (key: KeyFiles): Promise<void> => {
      const signing = [
        '--sign-by-sigstore-private-key',
        key.privatePath,
        '--sign-passphrase-file',
        home.path('password'),
      ];
      const places = [`oci:${layout}:v1`, `docker://${reference()}`];
      const args = ['--insecure-policy', 'copy', '-q', '--dest-tls-verify=false', ...signing, ...places];
      await mustRun(skopeo.path ?? 'skopeo', ['--registries.d', home.path('registries.d'), ...args], { env: home.env });
    };
    const verify = ({ json, subject }: FoundBundle, key: KeyFiles) =>
      verifyBundle(
        json,
        subject,
        { kind: 'key', publicKey: createPublicKey(key.publicKeyPem) },
        { root: null, thresholds: { logEntries: 0, timestamps: 0, scts: 0 }, now: new Date() },
      );

    it('skopeo refuses what nobody signed, so that what it takes below it takes for the signature', async () => {
      expect(await pullWith(ours)).toMatchObject({ code: 1, stderr: expect.stringContaining('rejected') as string });
    });

    it('skopeo takes what we signed, and refuses it where another key is asked for', async () => {
      await sign(ours);
      expect(await pullWith(ours)).toMatchObject({ code: 0, stderr: '' });
      expect(await pullWith(other)).toMatchObject({ code: 1, stderr: expect.stringContaining('rejected') as string });
    });

    it('skopeo refuses a signature of ours for another name of the image', async () => {
      await sign(ours, reference('v2'));
      expect(await pullWith(ours)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('not accepted') as string,
      });
    });

    it('we take what skopeo signed, and refuse it where another key is asked for', async () => {
      await signWithSkopeo(ours);
      const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
      const [bundle] = bundles;
      if (bundle === undefined) return expect.fail('skopeo’s signature is found');
      expect([bundles.length, passedOver]).toEqual([1, []]);
      expect(bundle.cosignPayload).toEqual({ dockerReference: reference() });
      expect(verify(bundle, ours)).toMatchObject({ signer: { kind: 'key' }, statement: null });
      expect(() => verify(bundle, other)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
    });

    it('our signature is added to skopeo’s and skopeo’s to ours: both count, for both readers', async () => {
      await signWithSkopeo(other);
      await sign(ours);
      await signWithSkopeo(ours);
      for (const key of [ours, other]) expect(await pullWith(key)).toMatchObject({ code: 0 });
      const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
      expect([bundles.length, passedOver]).toEqual([3, []]);
    });

    it('signatures that went to another repository and back are taken there', async () => {
      const elsewhere = open(`${repository}-elsewhere`);
      await sign(ours);
      await copyContent(image, store, elsewhere);
      await copySignatureTags(image, store, elsewhere);
      const back = open(`${repository}-elsewhere`);
      const { bundles } = await discoverBundles(image, back, LIMITS);
      expect(bundles.map((bundle) => verify(bundle, ours).signer.kind)).toEqual(['key']);
      await deleteSignatureTags(image, store);
      expect(await pullWith(ours)).toMatchObject({ code: 1, stderr: expect.stringContaining('rejected') as string });
      await copySignatureTags(image, elsewhere, store);
      expect(await pullWith(ours)).toMatchObject({ code: 0 });
    });
  });
});
