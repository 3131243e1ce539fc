import { isSquizzleError } from '@squizzle/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubClaims, startLocalSigstore, type LocalSigstore } from '../../test/local-sigstore/local-sigstore.ts';
import {
  createSigstoreProvider,
  type SigstoreProviderOptions,
  type VerificationOptions,
} from './create-sigstore-provider.ts';

const DATA = 'CREATE TABLE users (id int);\n';
const WORKFLOW = 'https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main';

let sigstore: LocalSigstore;
beforeAll(async () => {
  sigstore = await startLocalSigstore({ claims: githubClaims() });
});
afterAll(() => sigstore.close());

async function optionsFor(rekorVersion: 1 | 2, verification?: VerificationOptions): Promise<SigstoreProviderOptions> {
  const { fulcioUrl, rekor, tsaUrl } = sigstore.instance(rekorVersion);
  return {
    fulcioURL: fulcioUrl,
    rekorURL: rekor?.url,
    rekorVersion,
    tsaServerURL: tsaUrl,
    identityToken: await sigstore.mint('sigstore'),
    trustedRoot: sigstore.trustedRootJson,
    verification,
  };
}

describe.each([1, 2] as const)('createSigstoreProvider with a Rekor of version %i', (rekorVersion) => {
  it('signs, and says who it was', async () => {
    const options = await optionsFor(rekorVersion);
    const signature = await createSigstoreProvider(options).sign(DATA);
    const found = await signerOf(signature, options);
    const certificateIdentities = [{ issuer: sigstore.url, subject: found }];
    const provider = createSigstoreProvider(await optionsFor(rekorVersion, { certificateIdentities }));
    expect(await provider.verify(DATA, signature)).toBe(true);
    expect(await provider.verifyDetailed(DATA, signature)).toMatchObject({
      signer: { kind: 'keyless', issuer: sigstore.url, san: found },
    });
    expect(await provider.verify(`${DATA} `, signature)).toBe(false);
  });

  it.each([
    { why: 'another issuer', change: { issuer: 'https://token.actions.githubusercontent.com' } },
    {
      why: 'the beginning of the workflow alone: nothing is a regular expression',
      change: { subject: 'https://github.com/acme/db' },
    },
    { why: 'a dot that stands for any character', change: { subject: WORKFLOW.replace('github.com', 'github.') } },
    { why: 'another repository id', claims: { sourceRepositoryId: '43' } },
  ])('says false to $why', async ({ change = {}, claims = {} }) => {
    const options = await optionsFor(rekorVersion);
    const signature = await createSigstoreProvider(options).sign(DATA);
    const identity = { issuer: sigstore.url, subject: await signerOf(signature, options), ...change };
    const verification = { certificateIdentities: [identity], certificateExtensions: claims };
    const provider = createSigstoreProvider(await optionsFor(rekorVersion, verification));
    expect(await provider.verify(DATA, signature)).toBe(false);
    await expect(provider.verifyDetailed(DATA, signature)).rejects.toMatchObject({ code: 'SIGNER_UNKNOWN' });
  });
});

/** As a person finds it out: somebody else is asked for, and the error names who it was. */
async function signerOf(signature: string, options: SigstoreProviderOptions): Promise<string> {
  const nobody = { certificateIdentities: [{ issuer: sigstore.url, subject: { glob: '**@**' } }] };
  const provider = createSigstoreProvider({ ...options, verification: nobody });
  const { signer } = await provider.verifyDetailed(DATA, signature);
  if (signer.kind !== 'keyless') throw new RangeError('a key signed');
  return signer.san;
}

it('never tells the token, whatever fails', async () => {
  const token = await sigstore.mint('npm:registry.npmjs.org');
  const provider = createSigstoreProvider({ ...(await optionsFor(2)), identityToken: token });
  const thrown = await provider.sign(DATA).catch((cause: unknown) => cause);
  expect(isSquizzleError(thrown) && thrown.code).toMatch(/^(SIGNING_FAILED|IDENTITY_UNAVAILABLE)$/);
  const [, payload = ''] = token.split('.');
  for (let each: unknown = thrown; each instanceof Error; each = each.cause) {
    expect(`${each.stack ?? ''}${JSON.stringify(each)}`).not.toContain(payload.slice(0, 24));
  }
});
