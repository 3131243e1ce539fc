/**
 * Signatures as bundles through real registries: one that lists referrers itself, and one where the clients keep the list.
 */
import { createPublicKey } from 'node:crypto';
import { copyContent, copyReferrers, signArtifact } from '@squizzle/core';
import { createRegistryStore, type RegistryStore } from '@squizzle/oci';
import { createMemoryContentStore, pushImage } from '@squizzle/core/testing';
import type { Descriptor } from '@squizzle/oci-spec';
import {
  createKeyStatementSigner,
  createSignatureStatement,
  createSigner,
  discoverBundles,
  generateKeyPair,
  openKeySigner,
  PREDICATE_TYPES,
  verifyBundle,
} from '@squizzle/security';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCleanup } from '../registry/clients/cleanup.ts';
import { startPeerRegistry } from '../registry/clients/peer-registry.ts';
import { faultOf } from '../registry/clients/program.ts';
import { startTestedRegistry } from '../registry/clients/tested-registry.ts';

const LIMITS = { bundleBytes: 1024 * 1024, referrers: 32 };
const peerFault = faultOf({ name: 'docker-registry', debian: 'docker-registry' });
const suffixOf = (fault: string | null): string => (fault === null ? '' : ` (${fault})`);

describe.each([
  { server: 'squizzle-registry, which lists referrers', start: startTestedRegistry, fault: null },
  { server: 'docker-registry, where clients keep the list', start: startPeerRegistry, fault: peerFault },
])('$server', ({ server, start, fault }) => {
  describe.skipIf(fault !== null)(`bundles in ${server}${suffixOf(fault)}`, () => {
    const cleanup = createCleanup();
    let host: string;
    let image: Descriptor;
    const local = createMemoryContentStore('local');

    beforeAll(async () => {
      ({ host } = cleanup.add(await start(), ({ stop }) => stop()));
      image = await pushImage(local, 'signed');
    });
    afterAll(cleanup.run);

    const open = (repository: string): RegistryStore => {
      const store = createRegistryStore({ registry: host, repository, insecure: true });
      return cleanup.add(store, ({ close }) => close());
    };

    it('are found where they were attached and where they were copied to, and verified there', async () => {
      const { privateKeyPem, publicKeyPem } = await generateKeyPair(null);
      const readFile = async (): Promise<Uint8Array> => Buffer.from(privateKeyPem);
      const key = await openKeySigner('ci.key', { readFile, password: async () => null, env: {} });
      const signer = createSigner(createKeyStatementSigner({ key }), createSignatureStatement);
      const [first, second] = [open('acme/first'), open('acme/second')];
      await copyContent(image, local, first);
      const { referrer } = await signArtifact({ root: image }, signer, first);
      await copyContent(image, first, second);
      await copyReferrers(image, first, second);
      for (const store of [first, second, open('acme/second')]) {
        const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
        expect(passedOver).toEqual([]);
        expect(bundles.map(({ source }) => source)).toEqual([`referrer ${referrer.digest}`]);
        const trusted = { kind: 'key', publicKey: createPublicKey(publicKeyPem) } as const;
        const options = { root: null, thresholds: { logEntries: 0, timestamps: 0, scts: 0 }, now: new Date() };
        const verified = bundles.map(({ json, subject }) => verifyBundle(json, subject, trusted, options));
        expect(verified).toMatchObject([{ statement: { predicateType: PREDICATE_TYPES.signature } }]);
      }
    });

    it('are none in a repository that is not there, which is no fault', async () => {
      expect(await discoverBundles(image, open('acme/none'), LIMITS)).toEqual({ bundles: [], passedOver: [] });
    });
  });
});
