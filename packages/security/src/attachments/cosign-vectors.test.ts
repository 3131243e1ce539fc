/**
 * Signatures that containers/image made, found and verified: with a key, and without one.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryContentStore, type MemoryContentStore } from '@squizzle/core/testing';
import type { Descriptor } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { pushVectors } from '../../test/attached-signatures.ts';
import { keyFingerprint } from '../keys/key-fingerprint.ts';
import { parseTrustedRoot } from '../trusted-root/parse-trusted-root.ts';
import type { KeylessSigner, KeySignerTrust } from '../verification/trusted-signer.ts';
import { verifyBundle, type VerifyBundleOptions } from '../verification/verify-bundle.ts';
import { discoverBundles } from './discover-bundles.ts';
import type { FoundBundles } from './found-bundle.ts';

const FIXTURES = process.env['SQUIZZLE_FIXTURES'];
const VECTORS = FIXTURES === undefined ? '' : join(FIXTURES, 'cosign-vectors');
const SKIPPED = FIXTURES === undefined ? ' (SKIPPED: SQUIZZLE_FIXTURES is not set)' : '';
const LIMITS = { bundleBytes: 1024 * 1024, referrers: 32 };
/** After all of them were made. */
const NOW = new Date('2026-11-22T00:00:00Z');
const NONE = { logEntries: 0, timestamps: 0, scts: 0 };

const read = (...names: readonly string[]): string => readFileSync(join(VECTORS, ...names), 'utf8');

async function open(
  kind: 'key' | 'keyless',
): Promise<{ store: MemoryContentStore; root: Descriptor; found: FoundBundles }> {
  const store = createMemoryContentStore();
  const root = await pushVectors(join(VECTORS, kind), store);
  expect(root.digest).toBe(read(kind, 'artifact-digest.txt').trim());
  return { store, root, found: await discoverBundles(root, store, LIMITS) };
}

const keyTrust = (key: string | KeyObject): KeySignerTrust => ({
  kind: 'key',
  publicKey: typeof key === 'string' ? createPublicKey(key) : key,
});

describe.skipIf(FIXTURES === undefined)(`vectors of cosign's older signatures${SKIPPED}`, () => {
  const keyOptions: VerifyBundleOptions = { root: null, thresholds: NONE, now: NOW };

  it('are found, but for the one that is about another digest', async () => {
    const { root, found } = await open('key');
    expect(found.passedOver).toEqual([
      {
        source: expect.stringMatching(/\.sig, layer 1$/) as string,
        code: 'ARTIFACT_MISMATCH',
        reason: `the payload names sha256:${'0'.repeat(64)}, not ${root.digest}`,
      },
    ]);
    expect(found.bundles.map(({ cosignPayload }) => cosignPayload?.dockerReference)).toEqual([
      '127.0.0.1:55177/acme/db:signed-by-skopeo',
      '127.0.0.1:55177/acme/db:x',
    ]);
  });

  it('are of the key that made them: one is of this one, the other is of somebody else', async () => {
    const { found } = await open('key');
    const trusted = keyTrust(read('key', 'sk.pub'));
    const [own, foreign] = found.bundles;
    if (own === undefined || foreign === undefined) return expect.fail('there are two');
    expect(verifyBundle(own.json, own.subject, trusted, keyOptions)).toMatchObject({
      signer: { kind: 'key', fingerprint: keyFingerprint(trusted.publicKey) },
      statement: null,
      times: [],
    });
    const other = keyTrust(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    for (const { bundle, key } of [
      { bundle: foreign, key: trusted },
      { bundle: own, key: other },
    ]) {
      expect(() => verifyBundle(bundle.json, bundle.subject, key, keyOptions)).toThrow(
        expect.objectContaining({ code: 'SIGNATURE_INVALID' }),
      );
    }
  });

  it('are about their payload and nothing else: not about the artifact itself, and not about each other', async () => {
    const { root, found } = await open('key');
    const trusted = keyTrust(read('key', 'sk.pub'));
    const [first, second] = found.bundles;
    for (const sha256 of [root.digest.replace('sha256:', ''), second?.subject.sha256 ?? '']) {
      expect(() => verifyBundle(first?.json ?? '', { sha256 }, trusted, keyOptions)).toThrow(
        expect.objectContaining({ code: 'ARTIFACT_MISMATCH' }),
      );
    }
  });

  describe('without a key', () => {
    const signer: KeylessSigner = {
      kind: 'keyless',
      issuer: VECTORS === '' ? '' : read('keyless', 'issuer.txt').trim(),
      san: { exact: 'https://acme.test/dev' },
    };
    const verifyKeyless = async (trusted: KeylessSigner, change: (json: string) => string = (json) => json) => {
      const { found } = await open('keyless');
      const bundle = found.bundles.find(({ json }) => json.includes('x509CertificateChain'));
      if (bundle === undefined) return expect.fail('one of them has a certificate');
      expect(bundle.cosignPayload).toEqual({ dockerReference: '127.0.0.1:55177/acme/db:keyless' });
      const root = parseTrustedRoot(readFileSync(join(VECTORS, 'keyless', 'trusted_root.json')), 'trusted_root.json');
      const thresholds = { logEntries: 1, timestamps: 1, scts: 1 };
      return verifyBundle(change(bundle.json), bundle.subject, trusted, { root, thresholds, now: NOW });
    };

    it('are of the identity in the certificate, at the time that the log vouches for', async () => {
      expect(await verifyKeyless(signer)).toMatchObject({
        signer: { kind: 'keyless', issuer: signer.issuer, san: 'https://acme.test/dev' },
        times: [new Date(1_795_228_434_000)],
      });
    });

    it.each<{ what: string; trusted: KeylessSigner }>([
      { what: 'another identity', trusted: { ...signer, san: { exact: 'https://acme.test/devil' } } },
      { what: 'another issuer', trusted: { ...signer, issuer: 'https://issuer.test' } },
    ])('are not of $what', async ({ trusted }) => {
      await expect(verifyKeyless(trusted)).rejects.toMatchObject({ code: 'SIGNER_UNKNOWN' });
    });

    it('are not taken with a promise of the log that was changed', async () => {
      const later = (json: string): string => json.replace('"1795228434"', '"1795228435"');
      await expect(verifyKeyless(signer, later)).rejects.toMatchObject({ code: 'LOG_ENTRY_INVALID' });
    });

    it('bring their chain without its root, which is the verifier’s to know', async () => {
      const { found } = await open('keyless');
      const json = found.bundles.map((each) => each.json).find((each) => each.includes('x509CertificateChain')) ?? '{}';
      expect(JSON.parse(json)).toMatchObject({
        verificationMaterial: { x509CertificateChain: { certificates: [{ rawBytes: expect.any(String) as string }] } },
      });
    });
  });
});
