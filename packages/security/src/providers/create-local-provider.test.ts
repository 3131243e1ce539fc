import { isSquizzleError, type ErrorCode } from '@squizzle/core';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { approval } from '../statements/approval.ts';
import { createStatement } from '../statements/create-statement.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { createLocalProvider } from './create-local-provider.ts';
import { subjectOfData } from './data-subject.ts';

function keyPair(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
}

const OURS = keyPair();
const OTHERS = keyPair();
const provider = createLocalProvider(OURS);
const DATA = 'CREATE TABLE users (id int);\n';

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'none'> {
  return work.then(
    () => 'none' as const,
    (cause: unknown) => {
      if (isSquizzleError(cause)) return cause.code;
      throw cause;
    },
  );
}

describe('createLocalProvider', () => {
  it.each([
    { data: DATA, why: 'a text' },
    { data: new Uint8Array([0, 255, 128]), why: 'bytes that are no text' },
    { data: '', why: 'nothing is data, too' },
  ])('signs and verifies $why', async ({ data }) => {
    const signature = await provider.sign(data);
    expect(JSON.parse(signature)).toMatchObject({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' });
    expect(await provider.verify(data, signature)).toBe(true);
    expect(await provider.verifyDetailed(data, signature)).toMatchObject({ signer: { kind: 'key' }, times: [] });
  });

  it.each([
    { why: 'other data', data: `${DATA} `, code: 'ARTIFACT_MISMATCH' },
    { why: 'the signature of somebody else', by: OTHERS, code: 'SIGNER_UNKNOWN' },
    { why: 'no bundle at all', signature: 'MEUCIQ==', code: 'BUNDLE_INVALID' },
    { why: 'an empty text', signature: '', code: 'BUNDLE_INVALID' },
    { why: 'an empty object', signature: '{}', code: 'BUNDLE_INVALID' },
  ])('says false to $why, and $code in detail', async ({ data = DATA, by = OURS, signature, code }) => {
    const given = signature ?? (await createLocalProvider(by).sign(DATA));
    expect(await provider.verify(data, given)).toBe(false);
    expect(await codeOf(provider.verifyDetailed(data, given))).toBe(code);
  });

  it('takes no other statement of a trusted key for a signature: an approval may say no', async () => {
    const rejected = approval({
      environment: 'production',
      decision: 'reject',
      reason: 'too late',
      decidedAt: '2026-06-01T00:00:00Z',
      expires: '2100-01-01T00:00:00Z',
    });
    const statement = createStatement([subjectOfData(DATA, 'sha256')], PREDICATE_TYPES.approval, rejected);
    const attestation = await provider.attest(statement);
    expect(await provider.verify(DATA, attestation)).toBe(false);
    expect(await codeOf(provider.verifyDetailed(DATA, attestation))).toBe('STATEMENT_INVALID');
  });

  it('never says true, and does not say false, when nothing says who is trusted', async () => {
    const { privateKey } = OURS;
    const signsOnly = createLocalProvider({ privateKey });
    const signature = await signsOnly.sign(DATA);
    expect(await codeOf(signsOnly.verify(DATA, signature))).toBe('POLICY_MISSING');
    expect(await codeOf(signsOnly.verifyDetailed(DATA, signature))).toBe('POLICY_MISSING');
  });

  it.each([
    { options: { publicKey: OURS.publicKey }, why: 'there is no private key' },
    { options: { privateKey: 'nonsense' }, why: 'it is no PEM' },
    { options: { privateKey: OURS.publicKey }, why: 'it is the public one' },
  ])('signs nothing when $why, and its error has no key in it', async ({ options }) => {
    const { signer } = createLocalProvider(options);
    expect(signer === null).toBe(!('privateKey' in options));
    expect(await codeOf(createLocalProvider(options).sign(DATA))).toBe('KEY_UNUSABLE');
  });

  it('adds SHA-512 where it is asked for, and then asks for it', async () => {
    const strict = createLocalProvider({ ...OURS, checksumAlgorithm: 'sha512' });
    const signature = await strict.sign(DATA);
    const { statement } = await strict.verifyDetailed(DATA, signature);
    expect(Object.keys(statement?.subject[0]?.digest ?? {}).toSorted()).toEqual(['sha256', 'sha512']);
    expect(await provider.verify(DATA, signature)).toBe(true);
  });

  it('generates SLSA provenance that attest signs', async () => {
    const checksum = 'ab'.repeat(32);
    const statement = await provider.generateSLSA(
      { name: 'shop', version: '1.2.0', checksum },
      {
        builderId: 'https://ci.acme.test/runner',
        source: 'https://github.com/acme/db',
        commit: 'c'.repeat(40),
        startedOn: '2026-01-01T00:00:00Z',
        finishedOn: '2026-01-01T00:01:00Z',
      },
    );
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'shop@1.2.0', digest: { sha256: checksum } }],
      predicateType: 'https://slsa.dev/provenance/v1',
    });
    const { dsseEnvelope } = JSON.parse(await provider.attest(statement)) as {
      readonly dsseEnvelope: { readonly payload: string };
    };
    expect(JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString())).toEqual(statement);
  });

  it.each(['', 'sha256:', 'not a checksum', 'AB'.repeat(32)])(
    'refuses provenance of the checksum %j',
    async (checksum) => {
      const build = {
        builderId: 'x',
        source: 'https://a.test',
        commit: 'c',
        startedOn: '2026-01-01T00:00:00Z',
        finishedOn: '2026-01-01T00:00:00Z',
      };
      expect(await codeOf(provider.generateSLSA({ version: '1.0.0', checksum }, build))).toBe('STATEMENT_INVALID');
    },
  );
});
