import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/told-by.ts';
import { keyFingerprint } from '../keys/key-fingerprint.ts';
import { matchSigner } from './match-signer.ts';
import type { Claims, SanMatch } from './trusted-signer.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
const SAN = 'https://github.com/acme/db/.github/workflows/release.yml@refs/tags/v1.2.0';
const found = (san = SAN, claims: Claims = { sourceRepositoryId: '42' }, issuer = ISSUER) =>
  ({ signer: { kind: 'keyless', issuer, san, claims } }) as const;

describe('matchSigner', () => {
  it.each<{ san: SanMatch; matches: boolean; why: string }>([
    { san: { exact: SAN }, matches: true, why: 'the same' },
    { san: { exact: SAN.slice(0, -1) }, matches: false, why: 'a beginning is not the whole' },
    { san: { exact: SAN.toUpperCase() }, matches: false, why: 'case counts' },
    { san: { exact: 'https://github.com/acme/db/*' }, matches: false, why: 'exact names have no stars' },
    { san: { exact: '' }, matches: false, why: 'nothing' },
    {
      san: { glob: 'https://github.com/acme/db/.github/workflows/release.yml@refs/tags/*' },
      matches: true,
      why: 'a star',
    },
    { san: { glob: 'https://github.com/acme/db/*' }, matches: false, why: 'a star does not go over /' },
    { san: { glob: 'https://github.com/acme/db/**' }, matches: false, why: 'two stars do, and neither goes over @' },
    { san: { glob: 'https://github.com/acme/db/**@refs/tags/*' }, matches: true, why: 'up to the @, and behind it' },
    { san: { glob: 'https://github.com/acme/d' }, matches: false, why: 'a glob is of the whole name' },
    { san: { glob: 'github.com/acme/**' }, matches: false, why: 'from its beginning' },
    { san: { glob: 'https://github.com.acme.db/**' }, matches: false, why: 'a dot is a dot' },
    { san: { glob: 'https://github?com/**' }, matches: false, why: 'a question mark is one' },
    { san: { glob: '.*' }, matches: false, why: 'no regular expression' },
  ])('$san: $matches, $why', async ({ san, matches }) => {
    const act = () => matchSigner(found(), { kind: 'keyless', issuer: ISSUER, san });
    if (matches) expect(act()).toBeUndefined();
    else expect((await thrownBy(act)).message).toContain(SAN);
  });

  it.each<{ claims: Claims; matches: boolean; why: string }>([
    { claims: { sourceRepositoryId: '42' }, matches: true, why: 'the same' },
    { claims: {}, matches: true, why: 'none asked for' },
    { claims: { sourceRepositoryId: '4' }, matches: false, why: 'another' },
    { claims: { sourceRepositoryRef: 'refs/heads/main' }, matches: false, why: 'one that the certificate lacks' },
    { claims: { sourceRepositoryId: '42', buildTrigger: 'push' }, matches: false, why: 'all must be there' },
  ])('claims $claims: $matches, $why', async ({ claims, matches }) => {
    const act = () => matchSigner(found(), { kind: 'keyless', issuer: ISSUER, san: { exact: SAN }, claims });
    if (matches) expect(act()).toBeUndefined();
    else expect((await thrownBy(act)).code).toBe('SIGNER_UNKNOWN');
  });

  it('compares issuers exactly', async () => {
    const act = (issuer: string) => () => matchSigner(found(), { kind: 'keyless', issuer, san: { exact: SAN } });
    for (const issuer of [`${ISSUER}/`, `${ISSUER}.evil.example`, '', 'https://token.actions']) {
      expect((await thrownBy(act(issuer))).code).toBe('SIGNER_UNKNOWN');
    }
  });

  it('takes a key for that key alone, and never for an identity', async () => {
    const [mine, other] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    if (mine === undefined || other === undefined) throw new RangeError('no keys');
    const signed = { signer: { kind: 'key', fingerprint: keyFingerprint(mine) } } as const;
    expect(matchSigner(signed, { kind: 'key', publicKey: mine })).toBeUndefined();
    expect((await thrownBy(() => matchSigner(signed, { kind: 'key', publicKey: other }))).code).toBe('SIGNER_UNKNOWN');
    const keyless = { kind: 'keyless', issuer: ISSUER, san: { glob: '**' } } as const;
    expect((await thrownBy(() => matchSigner(signed, keyless))).code).toBe('SIGNER_UNKNOWN');
    expect((await thrownBy(() => matchSigner(found(), { kind: 'key', publicKey: mine }))).code).toBe('SIGNER_UNKNOWN');
  });
});
