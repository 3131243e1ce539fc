import { isSquizzleError, type ErrorCode } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { createSigstoreProvider } from './create-sigstore-provider.ts';

function codeOf(work: () => unknown): ErrorCode | 'none' {
  try {
    work();
    return 'none';
  } catch (cause) {
    if (isSquizzleError(cause)) return cause.code;
    throw cause;
  }
}

const IDENTITY = { issuer: 'https://token.actions.githubusercontent.com', subject: 'https://github.com/acme/db' };

describe('createSigstoreProvider', () => {
  it.each([
    { why: 'URLs alone can verify nothing', options: { fulcioURL: 'https://f.test', rekorURL: 'https://r.test' } },
    { why: 'a log alone can sign nothing', options: { rekorURL: 'https://r.test' } },
    { why: 'a timestamp authority alone can sign nothing', options: { tsaServerURL: 'https://t.test' } },
  ])('refuses $why', ({ options }) => {
    expect(codeOf(() => createSigstoreProvider(options))).toBe('SIGNING_CONFIG_INVALID');
  });

  it.each([
    { why: 'a text that is none', trustedRoot: 'nonsense' },
    { why: 'an empty object', trustedRoot: {} },
    { why: 'bytes that are none', trustedRoot: new Uint8Array([1, 2]) },
  ])('refuses as trusted root $why', ({ trustedRoot }) => {
    expect(codeOf(() => createSigstoreProvider({ trustedRoot }))).toBe('TRUST_ROOT_INVALID');
  });

  it('says that there is no token, and asks nobody', async () => {
    const { signer, sign } = createSigstoreProvider();
    expect(signer).toBeNull();
    await expect(sign('data')).rejects.toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
  });

  it('says that nobody is trusted, rather than false', async () => {
    await expect(createSigstoreProvider().verify('data', '{}')).rejects.toMatchObject({ code: 'POLICY_MISSING' });
  });

  it('says false to what is no signature, with the root that the product brings', async () => {
    const provider = createSigstoreProvider({ verification: { certificateIdentities: [IDENTITY] } });
    expect(await provider.verify('data', '{}')).toBe(false);
  });
});
