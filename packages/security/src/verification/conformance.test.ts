/** The conformance suite of Sigstore, as far as it is given: its names say what must be refused. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isSquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { readPublicKey } from '../keys/read-public-key.ts';
import { builtinTrustedRoot } from '../trusted-root/builtin-trusted-root.ts';
import { parseTrustedRoot } from '../trusted-root/parse-trusted-root.ts';
import type { TrustedRoot } from '../trusted-root/trusted-root.ts';
import type { TrustedSigner } from './trusted-signer.ts';
import { verifyBundle } from './verify-bundle.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';

const fixtures = process.env['SQUIZZLE_FIXTURES'];
const folder = fixtures === undefined ? '' : path.join(fixtures, 'sigstore-conformance');
const cases = folder === '' ? [] : readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function readTrusted(at: string): TrustedSigner {
  const key = readText(path.join(at, 'key.pub'));
  if (key !== undefined) return { kind: 'key', publicKey: readPublicKey(key, at) };
  const issuer = readText(path.join(at, 'issuer')) ?? ISSUER;
  const san = { exact: readText(path.join(at, 'identity')) ?? IDENTITY };
  return { kind: 'keyless', issuer, san };
}

function readRoot(at: string): TrustedRoot {
  const file = path.join(at, 'trusted_root.json');
  if (!existsSync(file)) return builtinTrustedRoot('sigstore-public-good');
  return parseTrustedRoot(readFileSync(file), file);
}

/** `accepted`, or the code and the reason. */
function verdict(at: string): string {
  const own = path.join(at, 'artifact');
  const artifact = readFileSync(existsSync(own) ? own : path.join(folder, 'a.txt'));
  const sha256 = createHash('sha256').update(artifact).digest('hex');
  const json = readFileSync(path.join(at, 'bundle.sigstore.json'), 'utf8');
  const thresholds = { logEntries: 1, timestamps: 1, scts: 1 };
  try {
    verifyBundle(json, { sha256 }, readTrusted(at), { root: readRoot(at), thresholds, now: new Date() });
    return 'accepted';
  } catch (error) {
    if (!isSquizzleError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe.skipIf(fixtures === undefined)('conformance of Sigstore (needs SQUIZZLE_FIXTURES)', () => {
  it('has cases of both kinds', () => {
    expect(cases.filter(({ name }) => name.endsWith('_fail')).length).toBeGreaterThan(0);
    expect(cases.filter(({ name }) => !name.endsWith('_fail')).length).toBeGreaterThan(0);
  });

  it.each(cases.map(({ name }) => ({ name, refused: name.endsWith('_fail') })))('$name', ({ name, refused }) => {
    const found = verdict(path.join(folder, name));
    expect(found === 'accepted', found).toBe(!refused);
  });
});
