import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/told-by.ts';
import { checkInstance } from './check-instance.ts';
import { createKeyStatementSigner } from './key-statement-signer.ts';
import { createFileKeySigner } from './file-key-signer.ts';
import { parseSigningConfig } from './parse-signing-config.ts';
import { PUBLIC_GOOD_INSTANCE, type SigstoreInstance } from './sigstore-instance.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const service = (url: string, majorApiVersion = 1, start = '2025-01-01T00:00:00Z', end?: string) => ({
  url: `https://${url}.example`,
  majorApiVersion,
  validFor: { start, ...(end === undefined ? {} : { end }) },
  operator: 'example',
});
const config = (more: object = {}) => ({
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [service('fulcio')],
  oidcUrls: [service('oidc')],
  rekorTlogUrls: [service('rekor')],
  rekorTlogConfig: { selector: 'ANY' },
  tsaUrls: [service('tsa')],
  tsaConfig: { selector: 'ANY' },
  ...more,
});
const parse = (more: object = {}): SigstoreInstance =>
  parseSigningConfig(Buffer.from(JSON.stringify(config(more))), NOW);

describe('parseSigningConfig', () => {
  it('takes one service of each kind', () => {
    expect(parse()).toEqual({
      fulcioUrl: 'https://fulcio.example',
      rekor: { url: 'https://rekor.example', majorVersion: 1 },
      tsaUrl: 'https://tsa.example',
      oidcIssuerUrl: 'https://oidc.example',
    });
  });

  it.each([
    { why: 'the higher version wins', logs: [service('one'), service('two', 2)], expected: 'two' },
    {
      why: 'a version that is not supported does not',
      logs: [service('three', 3), service('two', 2)],
      expected: 'two',
    },
    {
      why: 'one that ended does not',
      logs: [service('one'), service('two', 2, '2025-01-01T00:00:00Z', '2026-05-31T00:00:00Z')],
      expected: 'one',
    },
    {
      why: 'one that has not begun does not',
      logs: [service('two', 2, '2026-06-02T00:00:00Z'), service('one')],
      expected: 'one',
    },
    {
      why: 'of the same version the younger wins',
      logs: [service('old', 2, '2024-01-01T00:00:00Z'), service('new', 2)],
      expected: 'new',
    },
    {
      why: 'the last moment counts',
      logs: [service('one', 1, '2025-01-01T00:00:00Z', NOW.toISOString())],
      expected: 'one',
    },
  ])('of several logs takes one: $why', ({ logs, expected }) => {
    expect(parse({ rekorTlogUrls: logs }).rekor?.url).toBe(`https://${expected}.example`);
  });

  it.each([
    { what: 'no log', more: { rekorTlogUrls: [] }, expected: { rekor: null } },
    { what: 'no timestamp authority', more: { tsaUrls: undefined, tsaConfig: undefined }, expected: { tsaUrl: null } },
    {
      what: 'a selection of exactly one',
      more: { tsaConfig: { selector: 'EXACT', count: 1 } },
      expected: { tsaUrl: 'https://tsa.example' },
    },
    { what: 'all of one', more: { rekorTlogConfig: { selector: 'ALL' } }, expected: { rekor: { majorVersion: 1 } } },
    {
      what: 'fields of later versions',
      more: { whatComes: 'next' },
      expected: { fulcioUrl: 'https://fulcio.example' },
    },
  ])('takes a file with $what', ({ more, expected }) => {
    expect(parse(more)).toMatchObject(expected);
  });

  const now = [service('gone', 1, '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z')];
  it.each([
    {
      fault: 'another version of the file',
      more: { mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.1+json' },
      key: 'mediaType',
    },
    { fault: 'a certificate authority that ended', more: { caUrls: now }, key: 'caUrls' },
    { fault: 'no certificate authority', more: { caUrls: [] }, key: 'caUrls' },
    { fault: 'logs that all ended', more: { rekorTlogUrls: now }, key: 'rekorTlogUrls' },
    { fault: 'authorities that all ended', more: { tsaUrls: now }, key: 'tsaUrls' },
    { fault: 'several logs at once', more: { rekorTlogConfig: { selector: 'EXACT', count: 2 } }, key: 'rekorTlogUrls' },
    {
      fault: 'all of several',
      more: { tsaUrls: [service('a'), service('b')], tsaConfig: { selector: 'ALL' } },
      key: 'tsaUrls',
    },
    { fault: 'a selection nobody knows', more: { tsaConfig: { selector: 'SOME' } }, key: 'tsaConfig.selector' },
    {
      fault: 'a service without its beginning',
      more: { tsaUrls: [{ url: 'https://x', majorApiVersion: 1 }] },
      key: 'tsaUrls.0.validFor',
    },
    {
      fault: 'a log that promises no time, alone',
      more: { rekorTlogUrls: [service('two', 2)], tsaUrls: [] },
      key: 'tsaUrl',
    },
    { fault: 'neither log nor authority', more: { rekorTlogUrls: [], tsaUrls: [] }, key: 'rekor' },
    {
      fault: 'an address without encryption',
      more: { caUrls: [{ ...service('x'), url: 'http://planted-host.example' }] },
      key: 'fulcioUrl',
    },
  ])('refuses $fault', async ({ more, key }) => {
    const error = await thrownBy(() => parse(more));
    expect(error).toMatchObject({ code: 'SIGNING_CONFIG_INVALID', details: { key } });
    expect(error.message).not.toContain('planted-host');
  });

  it.each(['', 'null', '[]', '{', ' '.repeat(70_000)])('refuses what is no such file: %.10j', async (text) => {
    const error = await thrownBy(() => parseSigningConfig(Buffer.from(text), NOW));
    expect(error.code).toBe('SIGNING_CONFIG_INVALID');
  });
});

it('the public good instance fits together', () => {
  expect(checkInstance(PUBLIC_GOOD_INSTANCE).rekor?.majorVersion).toBe(1);
});

it.each([
  {
    fault: 'a Rekor of version 2 without timestamps',
    witnesses: { rekor: { url: 'https://r.example', majorVersion: 2 as const }, tsaUrl: null },
    key: 'tsaUrl',
  },
  {
    fault: 'an address of a log that is none',
    witnesses: { rekor: { url: 'rekor', majorVersion: 1 as const }, tsaUrl: null },
    key: 'rekor.url',
  },
  { fault: 'an authority without encryption', witnesses: { rekor: null, tsaUrl: 'http://tsa.example' }, key: 'tsaUrl' },
])('a key signer is not made with $fault', async ({ witnesses, key: setting }) => {
  const key = createFileKeySigner({ pem: '', password: null, origin: 'ci.key' });
  const error = await thrownBy(() => createKeyStatementSigner({ key, witnesses }));
  expect(error).toMatchObject({ code: 'SIGNING_CONFIG_INVALID', details: { key: setting } });
});
