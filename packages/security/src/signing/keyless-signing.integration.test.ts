/** Keyless signing against a whole Sigstore: what comes out is verified, and what goes wrong is told without a secret. */
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { isSquizzleError } from '@squizzle/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ACTIONS_REQUEST_TOKEN,
  emailClaims,
  githubClaims,
  gitlabClaims,
  startLocalSigstore,
  type Faults,
  type LocalSigstore,
} from '../../test/local-sigstore/local-sigstore.ts';
import { explicitToken } from '../keyless/explicit-token.ts';
import { findIdentityToken } from '../keyless/find-identity-token.ts';
import type { IdentityTokenSource } from '../keyless/identity-token.ts';
import { createInteractiveToken, type InteractiveTokenOptions } from '../keyless/interactive/interactive-token.ts';
import { createSignatureStatement } from '../statements/create-statement.ts';
import { parseTrustedRoot } from '../trusted-root/parse-trusted-root.ts';
import type { Claims } from '../verification/trusted-signer.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import { verifyBundle } from '../verification/verify-bundle.ts';
import { createKeylessStatementSigner, type KeylessStatementSignerOptions } from './keyless-statement-signer.ts';
import { parseSigningConfig } from './parse-signing-config.ts';
import type { SigstoreInstance } from './sigstore-instance.ts';

const SHA256 = 'ab'.repeat(32);
const STATEMENT = createSignatureStatement({ digest: { sha256: SHA256 } });
const GITHUB_SAN = 'https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main';

let sigstore: LocalSigstore;
beforeAll(async () => {
  sigstore = await startLocalSigstore();
});
afterEach(() => {
  sigstore.setClaims(githubClaims());
  sigstore.setFaults({});
  sigstore.grants.approval = 'approve';
  sigstore.forgetRequests();
});
afterAll(() => sigstore.close());

const rootOf = ({ trustedRootJson }: LocalSigstore) => parseTrustedRoot(Buffer.from(trustedRootJson), 'local root');
const jobToken = (): IdentityTokenSource => {
  const found = findIdentityToken({ env: sigstore.actionsEnv() });
  if (found === null) throw new RangeError('the environment of the job has no token');
  return found;
};

const signerOf = (changes: Partial<KeylessStatementSignerOptions> = {}) =>
  createKeylessStatementSigner({
    instance: sigstore.instance(1),
    identity: jobToken(),
    trustedRoot: rootOf(sigstore),
    retries: 0,
    timeoutMs: 2000,
    ...changes,
  });

interface Expected {
  readonly san: string;
  readonly claims?: Claims;
  readonly logEntries?: number;
  readonly timestamps?: number;
  readonly now?: Date;
}

function verify(json: string, { san, claims = {}, logEntries = 1, timestamps = 1, now }: Expected): VerifiedBundle {
  const trusted = { kind: 'keyless', issuer: sigstore.url, san: { exact: san }, claims } as const;
  const thresholds = { logEntries, timestamps, scts: 1 };
  return verifyBundle(json, { sha256: SHA256 }, trusted, {
    root: rootOf(sigstore),
    thresholds,
    now: now ?? new Date(),
  });
}

const faultOf = async (signing: Promise<unknown>): Promise<unknown> =>
  signing.then(
    () => 'signed',
    (thrown: unknown) => thrown,
  );

/** Everything that a program could print of it, causes and hidden members too. */
const printed = (thrown: unknown): string =>
  `${String(thrown)} ${inspect(thrown, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null })}`;

function expectWithoutSecrets(thrown: unknown, token: string): void {
  const text = printed(thrown);
  for (const secret of [ACTIONS_REQUEST_TOKEN, ...token.split('.')]) expect(text).not.toContain(secret);
}

describe('a job signs', () => {
  const claims = { sourceRepositoryId: '42', sourceRepositoryOwnerId: '4711', buildTrigger: 'push' };
  it.each([
    { witnesses: 'Rekor 1 and a timestamp', change: {}, major: 1, logEntries: 1, times: 2 },
    { witnesses: 'Rekor 2 and a timestamp', change: {}, major: 2, logEntries: 1, times: 1 },
    { witnesses: 'Rekor 1, which promises a time', change: { tsaUrl: null }, major: 1, logEntries: 1, times: 1 },
    { witnesses: 'a timestamp alone', change: { rekor: null }, major: 1, logEntries: 0, times: 1 },
  ] as const)('with $witnesses, and anybody can verify it', async ({ change, major, logEntries, times }) => {
    const instance: SigstoreInstance = { ...sigstore.instance(major), ...change };
    const { json, predicateType } = await signerOf({ instance }).sign(STATEMENT);
    const verified = verify(json, { san: GITHUB_SAN, claims, logEntries, timestamps: times });
    expect(verified.statement).toEqual(STATEMENT);
    expect(verified.times).toHaveLength(times);
    expect(predicateType).toBe(STATEMENT.predicateType);
  });

  it.each([1, 2] as const)('at the services that the signing configuration of version %i names', async (major) => {
    const instance = parseSigningConfig(Buffer.from(sigstore.signingConfigJson(major)), new Date());
    expect(instance).toEqual(sigstore.instance(major));
    const { json } = await signerOf({ instance }).sign(STATEMENT);
    expect(verify(json, { san: GITHUB_SAN }).signer).toMatchObject({ san: GITHUB_SAN, issuer: sigstore.url });
  });

  it('of GitLab, with the token in its variable', async () => {
    sigstore.setClaims(gitlabClaims({ ref: 'v1.2.0', refType: 'tag' }));
    const identity = findIdentityToken({ env: { SIGSTORE_ID_TOKEN: await sigstore.mint('sigstore') } });
    const { json } = await signerOf({ identity: identity ?? jobToken() }).sign(STATEMENT);
    const san = 'https://gitlab.com/acme/db//.gitlab-ci.yml@refs/tags/v1.2.0';
    expect(
      verify(json, { san, claims: { sourceRepositoryId: '43', sourceRepositoryRef: 'refs/tags/v1.2.0' } }).times,
    ).toHaveLength(2);
  });

  it('and its token goes to Fulcio alone', async () => {
    const token = await sigstore.mint('sigstore');
    await signerOf({ identity: explicitToken(token, 'a test') }).sign(STATEMENT);
    expect(sigstore.requests.map(({ service }) => service).toSorted()).toEqual(['fulcio', 'rekor', 'tsa']);
    expect(sigstore.requests.filter(({ sent }) => sent.includes(token)).map(({ service }) => service)).toEqual([
      'fulcio',
    ]);
  });

  it('and another job’s signature is not taken for its own', async () => {
    sigstore.setClaims(githubClaims({ repositoryId: '43' }));
    const { json } = await signerOf().sign(STATEMENT);
    expect(() => verify(json, { san: GITHUB_SAN, claims })).toThrow(
      expect.objectContaining({ code: 'SIGNER_UNKNOWN' }),
    );
  });
});

describe('a signature', () => {
  it('outlives its certificate by days', async () => {
    const past = new Date(Date.now() - 3 * 86_400_000);
    await using old = await startLocalSigstore({ now: () => past });
    const identity = explicitToken(await old.mint('sigstore'), 'a test');
    const signer = signerOf({ instance: old.instance(2), trustedRoot: rootOf(old), identity, now: () => past });
    const { json } = await signer.sign(STATEMENT);
    const trusted = { kind: 'keyless', issuer: old.url, san: { exact: GITHUB_SAN } } as const;
    const thresholds = { logEntries: 1, timestamps: 1, scts: 1 };
    const { times } = verifyBundle(json, { sha256: SHA256 }, trusted, {
      root: rootOf(old),
      thresholds,
      now: new Date(),
    });
    expect(times.map((time) => Math.floor(time.getTime() / 1000))).toEqual([Math.floor(past.getTime() / 1000)]);
  });

  it('that the trusted root does not confirm is not handed out', async () => {
    await using other = await startLocalSigstore();
    const thrown = await faultOf(signerOf({ trustedRoot: rootOf(other) }).sign(STATEMENT));
    expect(thrown).toMatchObject({ code: 'SIGNING_FAILED' });
    expect(String(thrown)).toContain('local root');
  });

  it('is made once when the log’s answer is lost on the way', async () => {
    sigstore.setFaults({ rekor: 'lost' });
    const instance = { ...sigstore.instance(1), tsaUrl: null };
    const { json } = await signerOf({ instance, retries: 1 }).sign(STATEMENT);
    expect(verify(json, { san: GITHUB_SAN }).times).toHaveLength(1);
    const asked = sigstore.requests.filter(({ service }) => service === 'rekor').map(({ method }) => method);
    expect(asked).toEqual(['POST', 'POST', 'GET']);
  });
});

describe('a token that Fulcio refuses', () => {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  it.each([
    { why: 'of another issuer’s key', mint: () => sigstore.mint('sigstore', {}, stranger) },
    { why: 'for another audience', mint: () => sigstore.mint('npm:registry.npmjs.org') },
    { why: 'of another issuer', mint: () => sigstore.mint('sigstore', { iss: 'https://elsewhere.test' }) },
  ])('is not in the error, although Fulcio repeats it: $why', async ({ mint }) => {
    const token = await mint();
    const thrown = await faultOf(signerOf({ identity: explicitToken(token, 'a test') }).sign(STATEMENT));
    expect(thrown).toMatchObject({
      code: 'SIGNING_FAILED',
      details: { service: `Fulcio at ${sigstore.urls.fulcio}`, status: 401 },
    });
    expectWithoutSecrets(thrown, token);
  });

  it.each([
    { why: 'it has expired', mint: () => sigstore.mint('sigstore', { exp: Math.floor(Date.now() / 1000) - 5 }) },
    { why: 'it is no token', mint: async () => 'eyJhbGciOiJub25lIn0.secret-part' },
    {
      why: 'nobody verified the mail address',
      mint: () => sigstore.mint('sigstore', { ...emailClaims('anna@acme.test'), email_verified: false }),
    },
  ])('is not even sent where that can be known: $why', async ({ mint }) => {
    const token = await mint();
    const thrown = await faultOf(signerOf({ identity: explicitToken(token, 'a test') }).sign(STATEMENT));
    expect(thrown).toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
    expectWithoutSecrets(thrown, token);
    expect(sigstore.requests).toEqual([]);
  });

  it('cannot be fetched with a wrong request token, which is not told either', async () => {
    const env = { ...sigstore.actionsEnv(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'planted-request-token' };
    const identity = findIdentityToken({ env }) ?? jobToken();
    const thrown = await faultOf(signerOf({ identity }).sign(STATEMENT));
    expect(thrown).toMatchObject({ code: 'SIGNING_FAILED', details: { status: 401 } });
    expect(printed(thrown)).not.toContain('planted-request-token');
  });
});

interface FaultRow {
  readonly faults: Faults;
  readonly service: RegExp;
  readonly status?: number | null;
}

const FULCIO = /^Fulcio at /;
const REKOR = /^Rekor at /;
const TSA = /^timestamp authority at /;
/** What only the verification of the whole finds out. */
const WHOLE = /^Sigstore at /;

const FAULTS: readonly FaultRow[] = [
  ...([FULCIO, REKOR, TSA] as const).flatMap((service, index): readonly FaultRow[] => {
    const name = (['fulcio', 'rekor', 'tsa'] as const)[index] ?? 'fulcio';
    return [
      { faults: { [name]: 500 }, service, status: 500 },
      { faults: { [name]: 400 }, service, status: 400 },
      { faults: { [name]: 429 }, service, status: 429 },
      { faults: { [name]: 'hang' }, service, status: null },
      { faults: { [name]: 'stall' }, service, status: null },
      { faults: { [name]: 'drop' }, service, status: null },
      { faults: { [name]: 'garbage' }, service },
      { faults: { [name]: 'flood' }, service },
      { faults: { [name]: 'redirect' }, service, status: 307 },
    ];
  }),
  { faults: { fulcio: 'wrong-key' }, service: FULCIO },
  { faults: { fulcio: 'stranger' }, service: WHOLE },
  { faults: { fulcio: 'no-sct' }, service: WHOLE },
  { faults: { rekor: 'wrong-entry' }, service: REKOR },
  { faults: { rekor: 'stranger' }, service: WHOLE },
  { faults: { tsa: 'wrong-imprint' }, service: WHOLE },
  { faults: { tsa: 'stale' }, service: WHOLE },
];

const isSilent = (faults: object): boolean =>
  Object.values(faults).some((fault) => fault === 'hang' || fault === 'stall');

describe('a service that fails', () => {
  const rows = FAULTS.flatMap((row) =>
    [1, 2].map((major) => ({
      ...row,
      major: major === 1 ? (1 as const) : (2 as const),
      what: JSON.stringify(row.faults),
    })),
  );
  it.each(rows)(
    'is named, in time and without a secret: $what, Rekor $major',
    async ({ faults, service, status, major }) => {
      const token = await sigstore.mint('sigstore');
      sigstore.setFaults(faults);
      const signer = signerOf({
        instance: sigstore.instance(major),
        identity: explicitToken(token, 'a test'),
        // Of a healthy service, too: on a busy machine it takes its time.
        timeoutMs: isSilent(faults) ? 800 : 10_000,
      });
      const began = performance.now();
      const thrown = await faultOf(signer.sign(STATEMENT));
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(thrown).toMatchObject({ code: 'SIGNING_FAILED', details: status === undefined ? {} : { status } });
      expect(isSquizzleError(thrown, 'SIGNING_FAILED') && thrown.details.service).toMatch(service);
      expectWithoutSecrets(thrown, token);
      expect(sigstore.requests.filter(({ service: asked }) => asked === 'elsewhere')).toEqual([]);
    },
  );

  it('for a moment is asked again', async () => {
    sigstore.setFaults({ tsa: 503 });
    const signing = signerOf({ retries: 2 }).sign(STATEMENT);
    await sigstore.nextRequest('tsa');
    sigstore.setFaults({});
    expect(verify((await signing).json, { san: GITHUB_SAN }).times).toHaveLength(2);
  });

  it.each(['oidc', 'fulcio', 'rekor', 'tsa'] as const)(
    'does not hold up who stops in mid-signing: %s',
    async (service) => {
      sigstore.setFaults({ [service]: 'hang' });
      const stopped = new AbortController();
      const signing = faultOf(signerOf({ timeoutMs: 20_000 }).sign(STATEMENT, { signal: stopped.signal }));
      await sigstore.nextRequest(service);
      const reason = new DOMException('enough', 'AbortError');
      const began = performance.now();
      stopped.abort(reason);
      expect(await signing).toBe(reason);
      expect(performance.now() - began).toBeLessThan(10_000);
    },
  );
});

describe('a person signs', () => {
  const anna = (changes: Partial<InteractiveTokenOptions> = {}): IdentityTokenSource =>
    createInteractiveToken({
      issuerUrl: sigstore.url,
      clientId: 'sigstore',
      flow: 'browser',
      openBrowser: browse,
      onEvent: (event) => {
        if (event.type === 'device-code') void browse(event.completeUrl ?? '');
      },
      timeoutMs: 10_000,
      ...changes,
    });
  /** Follows redirects up to the program's own page, as browsers do. */
  const browse = async (url: string): Promise<void> => {
    await (await fetch(url)).text();
  };

  it.each(['browser', 'device'] as const)('after signing in (%s)', async (flow) => {
    sigstore.setClaims(emailClaims('anna@acme.test'));
    const { json } = await signerOf({ identity: anna({ flow, openBrowser: (url) => void browse(url) }) }).sign(
      STATEMENT,
    );
    expect(verify(json, { san: 'anna@acme.test' }).signer).toMatchObject({ kind: 'keyless', claims: {} });
  });

  it('twice, and signs in once', async () => {
    sigstore.setClaims(emailClaims('anna@acme.test'));
    const signer = signerOf({ identity: anna({ openBrowser: (url) => void browse(url) }) });
    await signer.sign(STATEMENT);
    await signer.sign(STATEMENT);
    expect(sigstore.requests.filter(({ path }) => path === '/auth')).toHaveLength(1);
    expect(sigstore.requests.filter(({ service }) => service === 'fulcio')).toHaveLength(2);
  });

  it.each([
    { approval: 'deny', flow: 'browser', isAnswered: true, why: 'the person says no' },
    { approval: 'deny', flow: 'device', isAnswered: true, why: 'the person says no on another device' },
    { approval: 'ignore', flow: 'browser', isAnswered: false, why: 'nobody answers' },
    { approval: 'ignore', flow: 'device', isAnswered: false, why: 'nobody types the code' },
    { approval: 'wrong-state', flow: 'browser', isAnswered: false, why: 'somebody else’s answer comes in' },
    { approval: 'wrong-nonce', flow: 'browser', isAnswered: true, why: 'the token is of another sign-in' },
  ] as const)('or not: $why', async ({ approval, flow, isAnswered }) => {
    sigstore.setClaims(emailClaims('anna@acme.test'));
    sigstore.grants.approval = approval;
    const timeoutMs = isAnswered ? 10_000 : 1000;
    const identity = anna({ flow, openBrowser: (url) => void browse(url), timeoutMs });
    expect(await faultOf(signerOf({ identity }).sign(STATEMENT))).toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
    expect(sigstore.requests.filter(({ service }) => service === 'fulcio')).toEqual([]);
  });

  it('or stops while the browser is open', async () => {
    sigstore.grants.approval = 'ignore';
    const stopped = new AbortController();
    const identity = anna({ openBrowser: () => stopped.abort('enough'), timeoutMs: 60_000 });
    expect(await faultOf(signerOf({ identity }).sign(STATEMENT, { signal: stopped.signal }))).toBe('enough');
  });

  it.each([400, 500, 'garbage', 'redirect'] as const)('only with a provider that works: %s', async (oidc) => {
    sigstore.setFaults({ oidc });
    const thrown = await faultOf(signerOf({ identity: anna() }).sign(STATEMENT));
    expect(thrown).toMatchObject({ code: 'SIGNING_FAILED', details: { service: `OIDC provider ${sigstore.url}` } });
  });
});
