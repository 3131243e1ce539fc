import { isSquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { readAuthEntry, toAuthEntry } from './auth-entry.ts';

const PLACE = { source: '~/.docker/config.json', host: 'ghcr.io' };
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const basic = (username: string, password: string) => ({ kind: 'basic', username, password });

describe('readAuthEntry', () => {
  it.each([
    { entry: { auth: base64('ann:hunter2') }, expected: basic('ann', 'hunter2'), why: 'the usual form' },
    { entry: { auth: base64('ann:a:b:') }, expected: basic('ann', 'a:b:'), why: 'passwords may have colons' },
    { entry: { auth: base64('ann:hunter2\0\0') }, expected: basic('ann', 'hunter2'), why: 'padded with NUL' },
    { entry: { auth: base64('ann:') }, expected: basic('ann', ''), why: 'no password' },
    { entry: { auth: base64('Ánn:wörd') }, expected: basic('Ánn', 'wörd'), why: 'UTF-8' },
    { entry: { auth: base64('ann:hunter').replace(/=+$/, '') }, expected: basic('ann', 'hunter'), why: 'no padding' },
    { entry: { username: 'ann', password: 'a b' }, expected: basic('ann', 'a b'), why: 'in two members' },
    {
      entry: { username: 'x', password: 'y', auth: base64('ann:hunter2') },
      expected: basic('ann', 'hunter2'),
      why: 'auth counts',
    },
    { entry: { auth: base64('robot$x:hunter2') }, expected: basic('robot$x', 'hunter2'), why: "Harbor's robots" },
    {
      entry: { auth: base64('<token>:t1') },
      expected: { kind: 'identity-token', token: 't1' },
      why: 'a user that says so',
    },
    {
      entry: { auth: base64('00000000-0000-0000-0000-000000000000:'), identitytoken: 't2' },
      expected: { kind: 'identity-token', token: 't2' },
      why: 'as az acr login writes it',
    },
    {
      entry: { registrytoken: 't3', identitytoken: 't2', auth: base64('ann:hunter2') },
      expected: { kind: 'registry-token', token: 't3' },
      why: 'the narrowest token first, as Docker does',
    },
  ])('reads $expected.kind: $why', ({ entry, expected }) => {
    expect(readAuthEntry(entry, PLACE)).toEqual(expected);
  });

  it.each([
    { entry: {}, why: 'what Docker leaves where a helper keeps it' },
    { entry: { email: 'ann@example.com' }, why: 'an address only' },
    { entry: { auth: '' }, why: 'empty' },
    { entry: { auth: null, identitytoken: null }, why: 'null is as good as absent' },
    { entry: { username: 'ann' }, why: 'a user without a password' },
    { entry: { password: 'hunter2' }, why: 'a password without a user' },
  ])('finds nothing in $entry: $why', ({ entry }) => {
    expect(readAuthEntry(entry, PLACE)).toBeUndefined();
  });

  it.each([
    { entry: 'ann:hunter2', why: 'a text' },
    { entry: ['ann', 'hunter2'], why: 'a list' },
    { entry: 7, why: 'a number' },
    { entry: { auth: 7 }, why: 'auth that is no text' },
    { entry: { auth: { user: 'ann' } }, why: 'auth that is an object' },
    { entry: { username: ['ann'], password: 'hunter2' }, why: 'a user that is no text' },
    { entry: { identitytoken: true }, why: 'a token that is no text' },
    { entry: { auth: 'ann:hunter2' }, why: 'auth that is not encoded' },
    { entry: { auth: base64('annhunter2') }, why: 'no colon in it' },
    { entry: { auth: base64(':hunter2') }, why: 'no user in it' },
    { entry: { auth: base64(Uint8Array.of(0x61, 0x3a, 0xff)) }, why: 'no UTF-8 in it' },
    { entry: { registrytoken: 'a\r\nX-Header: b' }, why: 'a token that would become a header of its own' },
  ])('refuses $why, naming file and registry alone', ({ entry }) => {
    const thrown = thrownBy(() => readAuthEntry(entry, PLACE));
    expect(isSquizzleError(thrown, 'CREDENTIALS_UNUSABLE')).toBe(true);
    expect(String(thrown)).toContain('~/.docker/config.json: the entry of ghcr.io');
    expect(String(thrown)).not.toMatch(/ann|hunter|X-Header/);
  });
});

describe('toAuthEntry', () => {
  it.each([
    { credential: { kind: 'basic', username: 'ann', password: 'a:b' } },
    { credential: { kind: 'identity-token', token: 't' } },
    { credential: { kind: 'registry-token', token: 't' } },
  ] as const)('writes what is read as the same: $credential.kind', ({ credential }) => {
    expect(readAuthEntry(toAuthEntry(credential), PLACE)).toEqual(credential);
  });

  it('writes one member alone for user and password, as Docker does', () => {
    expect(toAuthEntry({ kind: 'basic', username: 'ann', password: 'hunter2' })).toEqual({
      auth: base64('ann:hunter2'),
    });
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}
