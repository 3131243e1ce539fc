import { describe, expect, it } from 'vitest';
import { expectSecretFree, thrownBy } from '../../test/told-by.ts';
import { checkToken } from './check-token.ts';
import { certifiedSubject, claimsOfToken } from './token-claims.ts';

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const CLAIMS = { iss: 'https://issuer.example', sub: 'repo:acme/db', aud: 'sigstore', exp: 1_800_000_000 };
const tokenOf = (claims: unknown): string => `${encode({ alg: 'none' })}.${encode(claims)}.planted-signature`;

describe('claimsOfToken', () => {
  it('gives what the token says, for provenance', () => {
    expect(claimsOfToken(tokenOf({ ...CLAIMS, aud: ['a', 'b'], repository: 'acme/db', run: { id: 7 } }))).toEqual({
      issuer: 'https://issuer.example',
      subject: 'repo:acme/db',
      audience: ['a', 'b'],
      expires: new Date(1_800_000_000_000),
      email: null,
      emailVerified: false,
      all: { ...CLAIMS, aud: ['a', 'b'], repository: 'acme/db', run: { id: 7 } },
    });
  });

  it.each([
    { fault: 'no text at all', token: '' },
    { fault: 'no JWT', token: 'planted-secret' },
    { fault: 'two parts', token: tokenOf(CLAIMS).replace(/\.[^.]*$/, '') },
    { fault: 'no signature', token: tokenOf(CLAIMS).replace(/[^.]*$/, '') },
    { fault: 'an encrypted token of five parts', token: `${tokenOf(CLAIMS)}.a.b` },
    { fault: 'other characters', token: `${tokenOf(CLAIMS)}!` },
    { fault: 'a line break, which would get into a request', token: tokenOf(CLAIMS).replace('.', '.\n') },
    { fault: 'no JSON', token: tokenOf('planted-secret') },
    { fault: 'no object', token: tokenOf([CLAIMS]) },
    { fault: 'no end', token: tokenOf({ ...CLAIMS, exp: undefined }) },
    { fault: 'an end that is no time', token: tokenOf({ ...CLAIMS, exp: 1e300 }) },
    { fault: 'an end as text', token: tokenOf({ ...CLAIMS, exp: '1800000000' }) },
    { fault: 'no subject', token: tokenOf({ ...CLAIMS, sub: '' }) },
    { fault: 'no issuer', token: tokenOf({ ...CLAIMS, iss: 7 }) },
    { fault: 'a text without end', token: tokenOf({ ...CLAIMS, x: 'a'.repeat(40_000) }) },
  ])('refuses $fault without quoting it', async ({ token }) => {
    const error = await thrownBy(() => claimsOfToken(token));
    expect(error.code).toBe('IDENTITY_UNAVAILABLE');
    expectSecretFree(error, ['planted-secret', 'planted-signature', encode(CLAIMS)]);
  });
});

describe('certifiedSubject', () => {
  it.each([
    { who: 'a job', claims: CLAIMS, expected: 'repo:acme/db' },
    {
      who: 'a person',
      claims: { ...CLAIMS, email: 'anna@acme.test', email_verified: true },
      expected: 'anna@acme.test',
    },
    {
      who: 'a person, of issuers that write texts',
      claims: { ...CLAIMS, email: 'anna@acme.test', email_verified: 'true' },
      expected: 'anna@acme.test',
    },
  ])('is that of $who', ({ claims, expected }) => {
    expect(certifiedSubject(claimsOfToken(tokenOf(claims)), 'x')).toBe(expected);
  });

  it.each([false, 'false', undefined])('is no mail address whose verification is %j', async (verified) => {
    const claims = claimsOfToken(tokenOf({ ...CLAIMS, email: 'anna@acme.test', email_verified: verified }));
    const error = await thrownBy(() => certifiedSubject(claims, 'the provider'));
    expect(error.code).toBe('IDENTITY_UNAVAILABLE');
    expectSecretFree(error, ['anna@acme.test']);
  });
});

describe('checkToken', () => {
  const end = CLAIMS.exp * 1000;
  it('takes a token until it ends', () => {
    expect(checkToken(tokenOf(CLAIMS), new Date(end - 1), 'x').subject).toBe('repo:acme/db');
  });

  it('says since when it has expired', async () => {
    const error = await thrownBy(() => checkToken(tokenOf(CLAIMS), new Date(end), 'GitHub Actions'));
    expect(error.code).toBe('IDENTITY_UNAVAILABLE');
    expect(error.message).toContain(
      'GitHub Actions: the token expired at 2027-01-15T08:00:00.000Z, and it is 2027-01-15T08:00:00.000Z',
    );
    expectSecretFree(error, ['planted-signature']);
  });
});
