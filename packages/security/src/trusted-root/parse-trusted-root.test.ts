import { createHash } from 'node:crypto';
import { isSquizzleError } from '@squizzle/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { signedBundles } from '../../test/signed-bundles.ts';
import { leavesOf, withValueAt, type JsonPath } from '../../test/json-leaves.ts';
import { thrownBy } from '../../test/told-by.ts';
import { BUILTIN_ROOTS, builtinTrustedRoot } from './builtin-trusted-root.ts';
import { parseTrustedRoot, readPinnedRoot } from './parse-trusted-root.ts';

let json: string;
beforeAll(async () => {
  json = (await signedBundles()).rootJson;
});
const bytesOf = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('parseTrustedRoot', () => {
  it('names a root by the digest of its bytes, which is what policies pin', () => {
    const hex = createHash('sha256').update(json).digest('hex');
    const root = parseTrustedRoot(bytesOf(json), 'trust/root.json');
    expect(root).toMatchObject({ digest: `sha256:${hex}`, origin: 'trust/root.json' });
    expect(readPinnedRoot(bytesOf(json), 'trust/root.json', hex).digest).toBe(root.digest);
  });

  it('refuses a root that was not the one pinned, naming both', async () => {
    const error = await thrownBy(() => readPinnedRoot(bytesOf(`${json} `), 'trust/root.json', 'ab'.repeat(32)));
    expect(error).toMatchObject({ code: 'TRUST_ROOT_INVALID', details: { root: 'trust/root.json' } });
    expect(error.message).toContain('ab'.repeat(32));
  });

  it.each([
    { path: ['tlogs', 0, 'publicKey', 'validFor', 'start'], why: 'a log trusted since ever' },
    { path: ['ctlogs', 0, 'publicKey', 'validFor', 'start'], why: 'a certificate log trusted since ever' },
    { path: ['certificateAuthorities', 0, 'validFor', 'start'], why: 'an authority trusted since ever' },
    { path: ['timestampAuthorities', 0, 'validFor'], why: 'a timestamp authority without any period' },
    { path: ['tlogs', 0, 'publicKey', 'rawBytes'], why: 'a log without a key' },
    { path: ['tlogs', 0, 'logId'], why: 'a log without an id' },
    { path: ['certificateAuthorities', 0, 'certChain'], why: 'an authority without certificates' },
    { path: ['mediaType'], why: 'another kind of document' },
  ] as const)('refuses one without $path: $why', async ({ path }) => {
    const error = await thrownBy(() => parseTrustedRoot(bytesOf(withValueAt(JSON.parse(json), path, undefined)), 'r'));
    expect(error.code).toBe('TRUST_ROOT_INVALID');
  });

  it.each<{ path: JsonPath; value: unknown; why: string }>([
    { path: ['tlogs', 0, 'publicKey', 'validFor', 'start'], value: 'yesterday', why: 'a date that is none' },
    {
      path: ['tlogs', 0, 'publicKey', 'validFor', 'end'],
      value: '1999-01-01T00:00:00Z',
      why: 'an end before the start',
    },
    { path: ['tlogs', 0, 'publicKey', 'rawBytes'], value: 'AAAA', why: 'a key that is none' },
    { path: ['tlogs'], value: 'none', why: 'no list' },
    {
      path: ['certificateAuthorities', 0, 'certChain', 'certificates', 0, 'rawBytes'],
      value: 'AAAA',
      why: 'no certificate',
    },
    { path: ['mediaType'], value: 'application/json', why: 'another media type' },
  ])('refuses $value at $path: $why', async ({ path, value }) => {
    const error = await thrownBy(() => parseTrustedRoot(bytesOf(withValueAt(JSON.parse(json), path, value)), 'r'));
    expect(error.code).toBe('TRUST_ROOT_INVALID');
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: '[]', why: 'no object' },
    { text: '{"mediaType":1,"mediaType":2}', why: 'a name twice' },
    { text: `{"a":"${'x'.repeat(1024 * 1024)}"}`, why: 'more than 1 MiB' },
  ])('refuses $why', async ({ text }) => {
    expect((await thrownBy(() => parseTrustedRoot(bytesOf(text), 'r'))).code).toBe('TRUST_ROOT_INVALID');
  });

  it('fails with TRUST_ROOT_INVALID alone, whatever is wrong with a value', () => {
    const root: unknown = JSON.parse(json);
    const values = [null, 7, {}, [], 'x'];
    for (const [index, path] of leavesOf(root).entries()) {
      const bytes = bytesOf(withValueAt(root, path, values[index % values.length]));
      let code: unknown = 'none';
      try {
        parseTrustedRoot(bytes, 'r');
      } catch (error) {
        code = isSquizzleError(error) ? error.code : error;
      }
      expect(['none', 'TRUST_ROOT_INVALID'], path.join('.')).toContain(code);
    }
  });
});

describe('builtinTrustedRoot', () => {
  it('gives the newest, and each that a policy may have pinned', () => {
    for (const sha256 of BUILTIN_ROOTS['sigstore-public-good']) {
      expect(builtinTrustedRoot('sigstore-public-good', sha256).digest).toBe(`sha256:${sha256}`);
    }
    const [newest] = BUILTIN_ROOTS['sigstore-public-good'];
    expect(builtinTrustedRoot('sigstore-public-good').digest).toBe(`sha256:${newest}`);
  });

  it('still has the one that version 0.1 of the product shipped', () => {
    const first = '6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66';
    expect(builtinTrustedRoot('sigstore-public-good', first).digest).toBe(`sha256:${first}`);
  });

  it('refuses a pin that it does not have, naming those that it has', async () => {
    const error = await thrownBy(() => builtinTrustedRoot('sigstore-public-good', 'ab'.repeat(32)));
    expect(error).toMatchObject({ code: 'TRUST_ROOT_INVALID' });
    expect(error.message).toContain(BUILTIN_ROOTS['sigstore-public-good'][0]);
  });
});
