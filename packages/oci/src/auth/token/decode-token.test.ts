import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeToken } from './decode-token.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
const pullOnly = [{ type: 'repository', name: 'org/app', actions: ['pull'] }];

describe('decodeToken', () => {
  it.each([
    { claims: { sub: 'alice', access: pullOnly }, subject: 'alice', access: pullOnly, why: 'as distribution says' },
    {
      claims: { sub: 'token', access: [{ Type: 'repository', Name: 'org/app', Actions: ['pull'] }] },
      subject: 'token',
      access: pullOnly,
      why: 'as Azure writes it',
    },
    { claims: { sub: '', access: [] }, subject: null, access: [], why: 'nobody, and nothing is allowed' },
    { claims: { sub: 'alice', access: null }, subject: 'alice', access: null, why: 'it does not say what is allowed' },
    { claims: {}, subject: null, access: null, why: 'it says nothing' },
    {
      claims: { sub: 7, access: [null, 'x', { type: 'repository' }, { ...pullOnly[0], actions: ['pull', 1] }] },
      subject: null,
      access: pullOnly,
      why: 'what is of another shape is left out',
    },
    { claims: { sub: 'a\u001b[31mb\n' }, subject: 'a[31mb', access: null, why: 'no control characters' },
  ])('$why', ({ claims, subject, access }) => {
    expect(decodeToken(jwt(claims))).toEqual({ subject, access });
  });

  it.each([
    { token: '', why: 'nothing' },
    { token: 'djE6b3JnL2FwcDox', why: 'opaque, as GitHub sends it' },
    { token: 'a.b', why: 'two parts' },
    { token: 'a.b.c.d', why: 'four parts' },
    { token: `a.${part('text')}.c`, why: 'claims that are no object' },
    { token: `a.${part([1])}.c`, why: 'claims that are a list' },
    { token: 'a.bm90IGpzb24.c', why: 'claims that are no JSON' },
    { token: jwt({ sub: 'x'.repeat(70_000) }), why: 'far too long' },
  ])('says nothing of a token that is no JWT: $why', ({ token }) => {
    expect(decodeToken(token)).toBeUndefined();
  });

  it('is bounded', () => {
    const decoded = decodeToken(
      jwt({ sub: 'x'.repeat(2_000), access: Array.from({ length: 500 }, () => pullOnly[0]) }),
    );
    expect(decoded?.subject).toHaveLength(256);
    expect(decoded?.access).toHaveLength(100);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `a.${Buffer.from(json).toString('base64url')}.c`),
        ),
        (token) => {
          const claims = decodeToken(token);
          expect(claims === undefined || typeof claims === 'object').toBe(true);
        },
      ),
    );
  });
});
