/**
 * Every byte of every part of a bundle is changed, one at a time. It takes a minute, so it is no unit test.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isSquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { signedBundles } from '../../test/signed-bundles.ts';
import { describePath, leavesOf } from '../../test/json-leaves.ts';
import { flipByte, partOf, sizeOfLeaf } from '../../test/tampering.ts';
import { verdictOf } from '../../test/bundle-verdict.ts';
import { parseTrustedRoot } from '../trusted-root/parse-trusted-root.ts';
import { verifyEvidence } from './verify-evidence.ts';

const made = await signedBundles();
const fixtures = process.env['SQUIZZLE_FIXTURES'];
const LONG_MS = 300_000;

describe.each(['keyless-rekor1', 'keyless-rekor2', 'key-witnessed', 'key-alone', 'message'] as const)('%s', (name) => {
  const bundle: unknown = JSON.parse(made.json[name]);
  it.each(leavesOf(bundle).map((leaf) => ({ leaf, place: describePath(leaf) })))(
    'is refused whichever byte of $place was changed',
    { timeout: LONG_MS },
    ({ leaf }) => {
      const { codes } = partOf(leaf);
      for (let at = 0; at < sizeOfLeaf(bundle, leaf); at += 1) {
        // Another bit each time, so that all eight are gone through; text keeps to seven, as the eighth ends it.
        const mask = 1 << (at % 7);
        const verdict = verdictOf(made, name, flipByte(bundle, leaf, at, mask));
        expect(codes, `byte ${at}, bit ${at % 7}: ${verdict}`).toContain(verdict);
      }
    },
  );
});

const cosigned = path.join(fixtures ?? '', 'sigstore-conformance', 'rekor2-checkpoint-multiple-cosigs');

describe.skipIf(fixtures === undefined || !existsSync(cosigned))(
  'a checkpoint with witnesses (needs SQUIZZLE_FIXTURES)',
  () => {
    it('is refused whichever byte was changed, but for the lines of witnesses, whose keys nobody has', () => {
      const bundle: unknown = JSON.parse(readFileSync(path.join(cosigned, 'bundle.sigstore.json'), 'utf8'));
      const root = parseTrustedRoot(readFileSync(path.join(cosigned, 'trusted_root.json')), 'fixture');
      const leaf = leavesOf(bundle).find((each) => each.at(-1) === 'envelope') ?? [];
      const subject = { sha256: 'a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf' };
      const options = { root, key: null, thresholds: { logEntries: 1, timestamps: 1, scts: 1 }, now: new Date() };
      const unprotected: number[] = [];
      for (let at = 0; at < sizeOfLeaf(bundle, leaf); at += 1) {
        try {
          verifyEvidence(JSON.stringify(flipByte(bundle, leaf, at, 1)), subject, options);
          unprotected.push(at);
        } catch (error) {
          expect(isSquizzleError(error, 'LOG_ENTRY_INVALID'), `byte ${at}`).toBe(true);
        }
      }
      const text = Buffer.from(
        String(leaf.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], bundle)),
      );
      const ofWitnesses = text.indexOf('\u2014 witness');
      expect(Math.min(...unprotected)).toBeGreaterThan(ofWitnesses);
    });
  },
);
