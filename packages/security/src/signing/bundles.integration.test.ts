/**
 * Bundles made with a local Sigstore over HTTP, and read back by our own verification. What can go wrong on the way to
 * each service is in `keyless-signing.integration.test.ts`.
 */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withPoint } from '../../test/key-forms.ts';
import { startLocalSigstore, type Faults, type LocalSigstore } from '../../test/local-sigstore/local-sigstore.ts';
import { expectSecretFree, thrownBy } from '../../test/told-by.ts';
import { explicitToken } from '../keyless/explicit-token.ts';
import { findIdentityToken } from '../keyless/find-identity-token.ts';
import type { IdentityTokenSource } from '../keyless/identity-token.ts';
import { keyHint } from '../keys/key-fingerprint.ts';
import { PREDICATE_TYPES, STATEMENT_TYPE, type Statement } from '../statements/statement.ts';
import { parseTrustedRoot } from '../trusted-root/parse-trusted-root.ts';
import { verifyEvidence } from '../verification/verify-evidence.ts';
import { createFileKeySigner } from './file-key-signer.ts';
import type { KeySigner } from './key-signer.ts';
import { createKeyStatementSigner } from './key-statement-signer.ts';
import { createKeylessStatementSigner, type KeylessStatementSignerOptions } from './keyless-statement-signer.ts';
import type { Witnesses } from './sigstore-instance.ts';

const V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const sha256 = createHash('sha256').update(randomBytes(8)).digest('hex');
const statement: Statement = {
  _type: STATEMENT_TYPE,
  subject: [{ digest: { sha256 } }],
  predicateType: PREDICATE_TYPES.signature,
  predicate: {},
};
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));

let local: LocalSigstore;
let token: string;
beforeAll(async () => {
  local = await startLocalSigstore();
  token = await local.mint('sigstore');
});
afterAll(() => local.close());
afterEach(() => local.setFaults({}));

interface BundleJson {
  readonly mediaType: string;
  readonly verificationMaterial: {
    readonly certificate?: object;
    readonly publicKey?: { readonly hint: string };
    readonly tlogEntries?: readonly { readonly kindVersion: object }[];
    readonly timestampVerificationData?: { readonly rfc3161Timestamps: readonly object[] };
  };
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly object[];
  };
}
const read = (json: string): BundleJson => JSON.parse(json) as BundleJson;
const root = () => parseTrustedRoot(Buffer.from(local.trustedRootJson), 'local root');
const keyless = (options: Partial<KeylessStatementSignerOptions> = {}) =>
  createKeylessStatementSigner({
    instance: local.instance(1),
    identity: explicitToken(token, 'the test'),
    trustedRoot: root(),
    retries: 0,
    timeoutMs: 20_000,
    ...options,
  });

const LOGS = [
  { major: 1, kindVersion: { kind: 'dsse', version: '0.0.1' } },
  { major: 2, kindVersion: { kind: 'hashedrekord', version: '0.0.2' } },
] as const;

describe('createKeylessStatementSigner', () => {
  it.each(LOGS)('signs as the job of GitHub Actions, with Rekor $major', async ({ major, kindVersion }) => {
    const identity = findIdentityToken({ env: local.actionsEnv() }) as IdentityTokenSource;
    const signer = keyless({ instance: local.instance(major), identity });
    const made = await signer.sign(statement);
    const bundle = read(made.json);
    expect(bundle.mediaType).toBe(V03);
    expect(Object.keys(bundle.verificationMaterial)).toContain('certificate');
    expect(Object.keys(bundle.verificationMaterial)).not.toContain('x509CertificateChain');
    expect(bundle.verificationMaterial.tlogEntries?.map((entry) => entry.kindVersion)).toEqual([kindVersion]);
    expect(bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps).toHaveLength(1);
    expect(bundle.dsseEnvelope.payloadType).toBe('application/vnd.in-toto+json');
    expect(JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())).toEqual(statement);
    expect(made.predicateType).toBe(PREDICATE_TYPES.signature);
    const thresholds = { logEntries: 1, timestamps: 1, scts: 1 };
    const evidence = verifyEvidence(made.json, { sha256 }, { root: root(), key: null, thresholds, now: new Date() });
    expect(evidence.signer).toMatchObject({ kind: 'keyless', issuer: local.url });
    expect(signer.description).toBe('identity of GitHub Actions');
  });

  it('signs with a timestamp alone', async () => {
    const made = await keyless({ instance: { ...local.instance(1), rekor: null } }).sign(statement);
    expect(read(made.json).verificationMaterial.tlogEntries).toBeUndefined();
  });

  it('takes an entry that the log has already, after its first answer was lost', async () => {
    local.setFaults({ rekor: 'lost' });
    const made = await keyless({ retries: 2 }).sign(statement);
    expect(read(made.json).verificationMaterial.tlogEntries).toHaveLength(1);
  });

  const log = 'Rekor at';
  it.each<{
    fault: string;
    faults: Faults;
    code?: string;
    service: string;
    status?: number | null;
    major?: 1 | 2;
    tells?: string;
  }>([
    {
      fault: 'Fulcio refuses and quotes the token',
      faults: { fulcio: 400 },
      service: 'Fulcio at',
      status: 400,
      tells: 'audience sigstore',
    },
    {
      fault: 'Fulcio certifies another key',
      faults: { fulcio: 'wrong-key' },
      service: 'Fulcio at',
      tells: 'not for the key',
    },
    {
      fault: 'a stranger poses as Fulcio',
      faults: { fulcio: 'stranger' },
      service: 'Sigstore at',
      tells: 'CERTIFICATE_INVALID',
    },
    { fault: 'the certificate is in no CT log', faults: { fulcio: 'no-sct' }, service: 'Sigstore at' },
    {
      fault: 'Rekor 1 gives the entry of another',
      faults: { rekor: 'wrong-entry' },
      service: log,
      tells: 'about something else',
    },
    {
      fault: 'Rekor 2 gives the entry of another',
      faults: { rekor: 'wrong-entry' },
      service: log,
      major: 2,
      tells: 'about something else',
    },
    { fault: 'a stranger poses as Rekor 2', faults: { rekor: 'stranger' }, service: 'Sigstore at', major: 2 },
    { fault: 'the timestamp is of other bytes', faults: { tsa: 'wrong-imprint' }, service: 'Sigstore at', major: 2 },
  ])(
    'gives no bundle and tells nothing secret when $fault',
    async ({ faults, service, status, major = 1, tells = '' }) => {
      local.setFaults(faults);
      local.forgetRequests();
      const signer = keyless({ instance: local.instance(major), timeoutMs: 20_000 });
      const error = await thrownBy(() => signer.sign(statement));
      expect(error.code).toBe('SIGNING_FAILED');
      const details = error.details as { service: string; status: number | null };
      expect(details.service.startsWith(service), details.service).toBe(true);
      if (status !== undefined) expect(details.status).toBe(status);
      expect(error.message).toContain(tells);
      expectSecretFree(error, [token, ...token.split('.').slice(1)]);
      expect(local.requests.filter((each) => each.service === 'elsewhere')).toEqual([]);
    },
  );

  it.each<{ fault: string; make: () => Promise<string> | string; now?: Date; tells: string }>([
    { fault: 'has expired', make: () => token, now: new Date(Date.now() + 86_400_000), tells: 'the token expired at' },
    { fault: 'is none', make: () => 'planted-no-token', tells: 'no OIDC token' },
    {
      fault: 'has a mail address that nobody verified',
      make: () => local.mint('sigstore', { email: 'a@b.test' }),
      tells: 'not verified',
    },
  ])('sends nothing to anybody with a token that $fault', async ({ make, now, tells }) => {
    const bad = await make();
    local.forgetRequests();
    const signer = keyless({ identity: explicitToken(bad, 'the test'), ...(now && { now: () => now }) });
    const error = await thrownBy(() => signer.sign(statement));
    expect(error).toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
    expect(error.message).toContain(tells);
    expectSecretFree(error, [bad]);
    expect(local.requests).toEqual([]);
  });

  it.each([
    { fault: 'for another audience', make: () => local.mint('npm:registry.npmjs.org') },
    {
      fault: 'that somebody else signed',
      make: () => local.mint('sigstore', {}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    },
  ])('Fulcio refuses a token $fault, and it is told without the token', async ({ make }) => {
    const bad = await make();
    const error = await thrownBy(() => keyless({ identity: explicitToken(bad, 'the test') }).sign(statement));
    expect(error).toMatchObject({ code: 'SIGNING_FAILED', details: { status: 401 } });
    expectSecretFree(error, [bad, ...bad.split('.').slice(1)]);
  });

  it('asks through the fetch it is given', async () => {
    const hosts: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      hosts.push(new URL(input instanceof Request ? input.url : input).origin);
      return globalThis.fetch(input, init);
    };
    await keyless({ fetch }).sign(statement);
    const { fulcio, rekorV1, tsa } = local.urls;
    expect(hosts.sort()).toEqual([fulcio, rekorV1, new URL(tsa).origin].sort());
  });

  it('sends the token to Fulcio alone', async () => {
    local.forgetRequests();
    await keyless().sign(statement);
    expect(local.requests.filter(({ sent }) => sent.includes(token)).map(({ service }) => service)).toEqual(['fulcio']);
  });

  it('without a trusted root hands out what it made', async () => {
    local.setFaults({ fulcio: 'stranger' });
    expect(read((await keyless({ trustedRoot: null }).sign(statement)).json).mediaType).toBe(V03);
  });

  it.each(['fulcio', 'rekor', 'tsa'] as const)(
    'stops with the reason of the signal while %s is silent',
    async (service) => {
      local.setFaults({ [service]: 'hang' });
      const reason = new Error('enough');
      const stop = new AbortController();
      const signing = keyless().sign(statement, { signal: stop.signal });
      await Promise.all([
        expect(signing).rejects.toBe(reason),
        local.nextRequest(service).then(() => stop.abort(reason)),
      ]);
    },
  );

  it.each([
    { fault: 'neither log nor timestamp', change: { rekor: null, tsaUrl: null }, key: 'rekor' },
    { fault: 'Fulcio without encryption', change: { fulcioUrl: 'http://fulcio.example' }, key: 'fulcioUrl' },
    {
      fault: 'a Rekor 2 without timestamps',
      change: { tsaUrl: null, rekor: { url: 'https://r.example', majorVersion: 2 as const } },
      key: 'tsaUrl',
    },
  ])('is not made for an instance with $fault', async ({ change, key }) => {
    const error = await thrownBy(() => keyless({ instance: { ...local.instance(1), ...change } }));
    expect(error).toMatchObject({ code: 'SIGNING_CONFIG_INVALID', details: { key } });
  });
});

describe('createKeyStatementSigner', () => {
  const key = createFileKeySigner({ pem, password: null, origin: 'ci.key' });
  const publicKey = async () => ({ kind: 'key' as const, publicKey: await key.publicKey() });

  it('makes a bundle of the key alone', async () => {
    local.forgetRequests();
    const signer = createKeyStatementSigner({ key, now: () => new Date('2026-01-01') });
    const made = await signer.sign(statement);
    const bundle = read(made.json);
    expect(bundle.mediaType).toBe(V03);
    expect(bundle.verificationMaterial.publicKey).toEqual({ hint: keyHint(privateKey) });
    expect(bundle.verificationMaterial.tlogEntries).toBeUndefined();
    expect(made.created).toEqual(new Date('2026-01-01'));
    expect(local.requests).toEqual([]);
    const thresholds = { logEntries: 0, timestamps: 0, scts: 0 };
    const options = { root: null, key: await publicKey(), thresholds, now: new Date() };
    expect(verifyEvidence(made.json, { sha256 }, options).signer).toMatchObject({ kind: 'key' });
    expect(signer.description).toBe('key file ci.key');
  });

  it.each(LOGS)('adds log entry and timestamp, with Rekor $major', async ({ major, kindVersion }) => {
    const witnesses: Witnesses = local.instance(major);
    const made = await createKeyStatementSigner({ key, witnesses, retries: 0 }).sign(statement);
    expect(read(made.json).verificationMaterial.tlogEntries?.map((entry) => entry.kindVersion)).toEqual([kindVersion]);
    const thresholds = { logEntries: 1, timestamps: 1, scts: 0 };
    const options = { root: root(), key: await publicKey(), thresholds, now: new Date() };
    expect(verifyEvidence(made.json, { sha256 }, options).times.length).toBeGreaterThan(0);
  });

  it.each(LOGS)('shows Rekor $major a key as everybody writes it, however its holder does', async ({ major }) => {
    const written: KeySigner = {
      ...key,
      publicKey: async () => createPublicKey(withPoint(await key.publicKey(), 'compressed')),
    };
    const signer = createKeyStatementSigner({ key: written, witnesses: local.instance(major), retries: 0 });
    const made = await signer.sign(statement);
    expect(read(made.json).verificationMaterial.publicKey).toEqual({ hint: keyHint(privateKey) });
    const thresholds = { logEntries: 1, timestamps: 1, scts: 0 };
    const options = { root: root(), key: await publicKey(), thresholds, now: new Date() };
    expect(verifyEvidence(made.json, { sha256 }, options).signer.kind).toBe('key');
  });

  it('makes no bundle with a signer whose signature is of another key', async () => {
    const other = createFileKeySigner({
      pem: String(
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
      ),
      password: null,
      origin: 'other',
    });
    const mixed: KeySigner = {
      description: 'plug-in',
      publicKey: () => key.publicKey(),
      sign: (bytes) => other.sign(bytes),
    };
    const error = await thrownBy(() => createKeyStatementSigner({ key: mixed }).sign(statement));
    expect(error).toMatchObject({ code: 'KEY_UNUSABLE', details: { key: 'plug-in' } });
  });

  it('stops with a key that does not look at the signal', async () => {
    const deaf: KeySigner = {
      description: 'deaf',
      publicKey: () => new Promise(() => undefined),
      sign: () => new Promise(() => undefined),
    };
    const stop = new AbortController();
    const signing = createKeyStatementSigner({ key: deaf }).sign(statement, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(signing).rejects.toThrow('enough');
  });
});
