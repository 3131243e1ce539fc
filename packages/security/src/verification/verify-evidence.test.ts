import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { valueAt, withValueAt, type JsonPath } from '../../test/json-leaves.ts';
import {
  messageBundle,
  optionsFor,
  signedBundles,
  type BundleName,
  type SignedBundles,
} from '../../test/signed-bundles.ts';
import { withPoint } from '../../test/key-forms.ts';
import { rsaKeyPair } from '../../test/rsa-key-pair.ts';
import { thrownBy } from '../../test/told-by.ts';
import { keyFingerprint, keyHint } from '../keys/key-fingerprint.ts';
import { parseTrustedRoot } from '../trusted-root/parse-trusted-root.ts';
import { preAuthEncoding } from '../witnesses/pre-auth-encoding.ts';
import type { EvidenceOptions } from './evidence-options.ts';
import type { TrustedSigner } from './trusted-signer.ts';
import { verifyBundle } from './verify-bundle.ts';
import { verifyEvidence } from './verify-evidence.ts';

let made: SignedBundles;
beforeAll(async () => {
  made = await signedBundles();
});

const YEAR_MS = 365 * 86_400_000;
const MATERIAL = ['verificationMaterial'] as const;
const ENTRIES: JsonPath = [...MATERIAL, 'tlogEntries'];
const PROMISE: JsonPath = [...ENTRIES, 0, 'inclusionPromise'];
const STAMPS: JsonPath = [...MATERIAL, 'timestampVerificationData'];
const NO_PROOFS = { logEntries: 0, timestamps: 0, scts: 0 };
const later = (ms: number): Date => new Date(Date.now() + ms);

const bundleOf = (name: BundleName): unknown => JSON.parse(made.json[name]);
const verify = (name: BundleName, bundle: unknown = bundleOf(name), changes: Partial<EvidenceOptions> = {}) =>
  verifyEvidence(JSON.stringify(bundle), made.subject, { ...optionsFor(name, made), ...changes });
const codeOf = async (work: () => unknown): Promise<string> => (await thrownBy(work)).code;

describe('verifyEvidence', () => {
  it.each([
    { name: 'keyless-rekor1', times: 2, why: "the log's promise and the timestamp" },
    { name: 'keyless-rekor2', times: 1, why: 'a log that promises no time, and the timestamp' },
    { name: 'key-witnessed', times: 2, why: 'a key with witnesses' },
    { name: 'key-two-logs', times: 2, why: 'two logs have it, of which one promises a time' },
    { name: 'key-one-log-twice', times: 3, why: 'one log has it twice, with two promises' },
    { name: 'key-alone', times: 0, why: 'nobody vouches for a time' },
    { name: 'message', times: 0, why: 'a signature over the bytes' },
  ] as const)('accepts $name and says who, what and when: $why', ({ name, times }) => {
    const { signer, statement, times: found } = verify(name);
    expect(signer).toMatchObject(
      name.startsWith('keyless')
        ? { kind: 'keyless', issuer: made.issuer, san: made.san, claims: { sourceRepositoryId: '42' } }
        : { kind: 'key', fingerprint: keyFingerprint(made.key.publicKey) },
    );
    expect(statement?.predicate).toEqual(name === 'message' ? undefined : { note: 'made by a test' });
    expect(found).toHaveLength(times);
    expect(found).toEqual(found.toSorted((one, other) => Number(one) - Number(other)));
  });

  it.each(['keyless-rekor1', 'keyless-rekor2', 'key-witnessed', 'key-alone', 'message'] as const)(
    'refuses %s for another artifact',
    async (name) => {
      const other = { sha256: createHash('sha256').update('another').digest('hex') };
      expect(await codeOf(() => verifyEvidence(made.json[name], other, optionsFor(name, made)))).toBe(
        'ARTIFACT_MISMATCH',
      );
    },
  );

  const KEY = { kind: 'key', publicKey: generateKeyPairSync('ed25519').publicKey } as const;
  const never = new Date(NaN);
  it.each<{ fault: string; changes: Partial<EvidenceOptions> }>([
    { fault: 'a clock that stands nowhere: no key would ever expire', changes: { now: never } },
    { fault: 'a key from never on', changes: { key: { ...KEY, from: never } } },
    { fault: 'a key until never', changes: { key: { ...KEY, until: never } } },
    { fault: 'no number of logs: less than it is nothing', changes: { thresholds: { ...NO_PROOFS, logEntries: NaN } } },
    { fault: 'less than no timestamp', changes: { thresholds: { ...NO_PROOFS, timestamps: -1 } } },
    { fault: 'half a certificate log', changes: { thresholds: { ...NO_PROOFS, scts: 0.5 } } },
    { fault: 'a number that cannot be counted to', changes: { thresholds: { ...NO_PROOFS, logEntries: 2 ** 60 } } },
    { fault: 'a limit that nothing exceeds', changes: { limits: { bundleBytes: NaN } } },
    {
      fault: 'a number of logs that is none, beside a limit that is one',
      changes: { thresholds: { ...NO_PROOFS, logEntries: NaN }, limits: { logEntries: 8 } },
    },
  ])('is not asked with $fault', ({ changes }) => {
    expect(() => verify('key-alone', undefined, changes)).toThrow(RangeError);
  });

  it('needs something that vouches for certificates', () => {
    expect(() => verify('keyless-rekor1', undefined, { root: null })).toThrow(RangeError);
    expect(() => verify('keyless-rekor1', undefined, { root: {} as never })).toThrow(RangeError);
  });
});

describe('evidence that is asked for', () => {
  it.each([
    { name: 'keyless-rekor1', without: ENTRIES, why: 'no log entry' },
    { name: 'keyless-rekor2', without: STAMPS, why: 'a log that promises no time, and no timestamp' },
    { name: 'key-witnessed', without: ENTRIES, why: 'a key without log entry' },
  ] as const)('refuses $name without $without: $why', async ({ name, without }) => {
    const bundle = withValueAt(bundleOf(name), without, undefined);
    expect(await codeOf(() => verify(name, bundle))).toBe('EVIDENCE_MISSING');
  });

  it.each([
    { name: 'keyless-rekor1', thresholds: { logEntries: 2, timestamps: 1, scts: 1 }, code: 'EVIDENCE_MISSING' },
    { name: 'keyless-rekor1', thresholds: { logEntries: 1, timestamps: 3, scts: 1 }, code: 'EVIDENCE_MISSING' },
    { name: 'keyless-rekor1', thresholds: { logEntries: 1, timestamps: 1, scts: 2 }, code: 'CERTIFICATE_INVALID' },
    { name: 'keyless-rekor2', thresholds: { logEntries: 1, timestamps: 2, scts: 1 }, code: 'EVIDENCE_MISSING' },
    { name: 'key-alone', thresholds: { logEntries: 1, timestamps: 0, scts: 0 }, code: 'EVIDENCE_MISSING' },
    { name: 'key-alone', thresholds: { logEntries: 0, timestamps: 1, scts: 0 }, code: 'EVIDENCE_MISSING' },
  ] as const)('refuses $name at $thresholds with $code', async ({ name, thresholds, code }) => {
    expect(await codeOf(() => verify(name, undefined, { thresholds }))).toBe(code);
  });

  it('takes promise and timestamp as two trusted times', () => {
    expect(
      verify('keyless-rekor1', undefined, { thresholds: { logEntries: 1, timestamps: 2, scts: 1 } }).times,
    ).toHaveLength(2);
  });

  it('takes timestamps where the root asks for no log', () => {
    const bundle = withValueAt(bundleOf('keyless-rekor1'), ENTRIES, undefined);
    const thresholds = { logEntries: 0, timestamps: 1, scts: 0 };
    expect(verify('keyless-rekor1', bundle, { thresholds }).times).toHaveLength(1);
  });

  it('never takes a certificate without a time, whatever the thresholds are', async () => {
    const bare = withValueAt(withValueAt(bundleOf('keyless-rekor1'), ENTRIES, undefined), STAMPS, undefined);
    expect(await codeOf(() => verify('keyless-rekor1', bare, { thresholds: NO_PROOFS }))).toBe('EVIDENCE_MISSING');
  });

  it('counts an authority once, however many timestamps it made', async () => {
    const first = bundleOf('keyless-rekor2');
    const stamps = [...STAMPS, 'rfc3161Timestamps'];
    const twice = withValueAt(first, [...stamps, 1], valueAt(first, [...stamps, 0]));
    const thresholds = { logEntries: 1, timestamps: 2, scts: 1 };
    expect(await codeOf(() => verify('keyless-rekor2', twice, { thresholds }))).toBe('EVIDENCE_MISSING');
  });

  it('counts a log once, however many entries it has', async () => {
    const thresholds = { logEntries: 2, timestamps: 1, scts: 0 };
    expect(verify('key-two-logs', undefined, { thresholds }).signer.kind).toBe('key');
    expect(await codeOf(() => verify('key-one-log-twice', undefined, { thresholds }))).toBe('EVIDENCE_MISSING');
    const times = { logEntries: 1, timestamps: 3, scts: 0 };
    expect(await codeOf(() => verify('key-one-log-twice', undefined, { thresholds: times }))).toBe('EVIDENCE_MISSING');
  });

  it('takes a promise alone in a bundle of version 0.1, and not without it', async () => {
    const bundle = bundleOf('keyless-rekor1');
    const older = withValueAt(bundle, ['mediaType'], 'application/vnd.dev.sigstore.bundle+json;version=0.1');
    for (const without of ['inclusionProof', 'checkpoint']) {
      const path = [...ENTRIES, 0, ...(without === 'checkpoint' ? ['inclusionProof', without] : [without])];
      expect(verify('keyless-rekor1', withValueAt(older, path, undefined)).times).toHaveLength(2);
    }
    const promised = withValueAt(bundle, PROMISE, undefined);
    expect(verify('keyless-rekor1', promised).times).toHaveLength(1);
    expect(await codeOf(() => verify('keyless-rekor1', withValueAt(promised, STAMPS, undefined)))).toBe(
      'EVIDENCE_MISSING',
    );
  });
});

describe('parts of another bundle', () => {
  const ENTRY = [...ENTRIES, 0];
  it.each([
    { path: ['dsseEnvelope', 'signatures'], code: 'SIGNATURE_INVALID' },
    { path: [...MATERIAL, 'certificate'], code: 'SIGNATURE_INVALID' },
    { path: ENTRIES, code: 'LOG_ENTRY_INVALID' },
    { path: [...ENTRY, 'inclusionProof'], code: 'LOG_ENTRY_INVALID' },
    { path: [...ENTRY, 'canonicalizedBody'], code: 'LOG_ENTRY_INVALID' },
    { path: STAMPS, code: 'TIMESTAMP_INVALID' },
  ])('are refused: $path with $code', async ({ path, code }) => {
    const bundle = withValueAt(bundleOf('keyless-rekor1'), path, valueAt(bundleOf('keyless-rekor2'), path));
    expect(await codeOf(() => verify('keyless-rekor1', bundle))).toBe(code);
  });

  it.each([
    { name: 'key-alone', as: 'keyless-rekor1', why: 'a key where a certificate is asked for' },
    { name: 'keyless-rekor1', as: 'key-witnessed', why: 'a certificate where a key is asked for' },
    { name: 'keyless-rekor1', as: 'key-alone', why: 'a certificate without a root' },
  ] as const)('$name is not taken as $as: $why', async ({ name, as }) => {
    expect(await codeOf(() => verifyEvidence(made.json[name], made.subject, optionsFor(as, made)))).toBe(
      'SIGNER_UNKNOWN',
    );
  });
});

describe('the trusted root', () => {
  const withPeriod = (path: JsonPath, validFor: object) =>
    parseTrustedRoot(
      Buffer.from(JSON.stringify(withValueAt(JSON.parse(made.rootJson), path, validFor))),
      'changed root',
    );
  const past = { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' };

  it.each([
    { path: ['certificateAuthorities', 0, 'validFor'], code: 'CERTIFICATE_INVALID', why: 'an authority of long ago' },
    {
      path: ['timestampAuthorities', 0, 'validFor'],
      code: 'TIMESTAMP_INVALID',
      why: 'a timestamp authority of long ago',
    },
    { path: ['ctlogs', 0, 'publicKey', 'validFor'], code: 'CERTIFICATE_INVALID', why: 'a certificate log of long ago' },
    { path: ['tlogs', 0, 'publicKey', 'validFor'], code: 'LOG_ENTRY_INVALID', why: 'a log of long ago' },
  ])('refuses what was made by $why', async ({ path, code }) => {
    expect(await codeOf(() => verify('keyless-rekor1', undefined, { root: withPeriod(path, past) }))).toBe(code);
  });

  it('refuses a log that promises no time and was not trusted when the timestamp was made', async () => {
    const root = withPeriod(['tlogs', 1, 'publicKey', 'validFor'], past);
    expect(await codeOf(() => verify('keyless-rekor2', undefined, { root }))).toBe('LOG_ENTRY_INVALID');
  });

  const ahead = { start: '2090-01-01T00:00:00Z' };
  it.each([
    { validFor: past, trusted: false, why: 'it was retired' },
    { validFor: ahead, trusted: false, why: 'it is of a time to come' },
    { validFor: { start: '2020-01-01T00:00:00Z' }, trusted: true, why: 'it is trusted now' },
  ])('without any time, takes a log for a key by the clock: $trusted, $why', async ({ validFor, trusted }) => {
    const bundle = withValueAt(bundleOf('key-two-logs'), ENTRIES, [valueAt(bundleOf('key-two-logs'), [...ENTRIES, 1])]);
    const root = withPeriod(['tlogs', 1, 'publicKey', 'validFor'], validFor);
    const thresholds = { logEntries: 1, timestamps: 0, scts: 0 };
    const work = () => verify('key-two-logs', withValueAt(bundle, STAMPS, undefined), { root, thresholds });
    if (trusted) expect(work().times).toEqual([]);
    else expect(await codeOf(work)).toBe('LOG_ENTRY_INVALID');
  });

  it('includes both ends of a period', () => {
    const [time] = verify('keyless-rekor2').times;
    const at = time?.toISOString();
    for (const path of [
      ['timestampAuthorities', 0, 'validFor'],
      ['tlogs', 1, 'publicKey', 'validFor'],
    ]) {
      expect(
        verify('keyless-rekor2', undefined, { root: withPeriod(path, { start: at, end: at }) }).times,
      ).toHaveLength(1);
    }
  });

  it.each([
    { list: 'certificateAuthorities', code: 'CERTIFICATE_INVALID' },
    { list: 'ctlogs', code: 'CERTIFICATE_INVALID' },
    { list: 'tlogs', code: 'LOG_ENTRY_INVALID' },
    { list: 'timestampAuthorities', code: 'TIMESTAMP_INVALID' },
  ])('that has no $list refuses with $code', async ({ list, code }) => {
    expect(await codeOf(() => verify('keyless-rekor1', undefined, { root: withPeriod([list], []) }))).toBe(code);
  });
});

describe('a key', () => {
  const withPeriod = (name: BundleName, period: { from?: Date; until?: Date }, now = new Date()) =>
    verify(name, undefined, { key: { ...made.key, ...period }, now });

  it.each([
    { from: -1, until: 1, trusted: true, why: 'now is within' },
    { from: undefined, until: undefined, trusted: true, why: 'no period was set' },
    { from: undefined, until: -0.1, trusted: false, why: 'it has expired' },
    { from: 0.1, until: undefined, trusted: false, why: 'it is not trusted yet' },
  ])('alone, from $from to $until years from now, trusted: $trusted: $why', async ({ from, until, trusted }) => {
    const period = {
      ...(from === undefined ? {} : { from: later(from * YEAR_MS) }),
      ...(until === undefined ? {} : { until: later(until * YEAR_MS) }),
    };
    for (const name of ['key-alone', 'key-witnessed'] as const) {
      if (trusted) expect(withPeriod(name, period).signer.kind).toBe('key');
      else expect(await codeOf(() => withPeriod(name, period))).toBe('KEY_EXPIRED');
    }
  });

  it('that has expired since is trusted for what a timestamp proves it signed before, and only for that', async () => {
    const now = later(2 * YEAR_MS);
    expect(withPeriod('key-witnessed', { until: later(YEAR_MS) }, now).times).toHaveLength(2);
    expect(await codeOf(() => withPeriod('key-alone', { until: later(YEAR_MS) }, now))).toBe('KEY_EXPIRED');
  });

  it('includes both ends of its period', () => {
    const now = new Date();
    expect(withPeriod('key-alone', { from: now, until: now }, now).signer.kind).toBe('key');
  });

  it.each(['', 'my-release-key', keyHint(generateKeyPairSync('ed25519').publicKey)])(
    'is found by the signature, whatever the hint says: %j',
    (hint) => {
      const bundle = withValueAt(bundleOf('key-alone'), [...MATERIAL, 'publicKey', 'hint'], hint);
      expect(verify('key-alone', bundle).signer.kind).toBe('key');
    },
  );

  it('that is another is refused by the signature, and told as another where the hint says so', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = { kind: 'key', publicKey } as const;
    expect(await codeOf(() => verify('key-alone', undefined, { key }))).toBe('SIGNER_UNKNOWN');
    expect(await codeOf(() => verify('message', undefined, { key }))).toBe('SIGNATURE_INVALID');
  });

  it.each(['compressed', 'hybrid'] as const)('is the same, and in a log too, when its point is %s', (form) => {
    const publicKey = createPublicKey(withPoint(made.key.publicKey, form));
    for (const name of ['key-alone', 'key-witnessed', 'message'] as const) {
      const { signer } = verify(name, undefined, { key: { kind: 'key', publicKey } });
      expect(signer).toEqual({ kind: 'key', fingerprint: keyFingerprint(made.key.publicKey) });
    }
  });

  it.each([
    { kind: 'P-384', make: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), byDigest: true },
    { kind: 'P-521', make: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }), byDigest: true },
    { kind: 'Ed25519', make: () => generateKeyPairSync('ed25519'), byDigest: false },
    { kind: 'RSA', make: rsaKeyPair, byDigest: false },
    {
      kind: 'secp256k1',
      make: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      byDigest: false,
      unknown: true,
    },
  ])(
    'of kind $kind signs statements, and messages by digest: $byDigest',
    async ({ make, byDigest, unknown = false }) => {
      const { publicKey, privateKey } = make();
      const options = { root: null, key: { kind: 'key', publicKey } as const, thresholds: NO_PROOFS, now: new Date() };
      const envelope = valueAt(bundleOf('key-alone'), ['dsseEnvelope']) as { payload: string; payloadType: string };
      const signed = preAuthEncoding(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
      const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
      const sig = sign(hash, signed, privateKey).toString('base64');
      const dsse = withValueAt(
        withValueAt(bundleOf('key-alone'), ['dsseEnvelope', 'signatures', 0, 'sig'], sig),
        [...MATERIAL, 'publicKey', 'hint'],
        keyHint(publicKey),
      );
      const verifyDsse = () => verifyEvidence(JSON.stringify(dsse), made.subject, options);
      if (unknown) expect(await codeOf(verifyDsse)).toBe('SIGNATURE_INVALID');
      else expect(verifyDsse().statement).not.toBeNull();
      const verifyMessage = () => verifyEvidence(messageBundle(made.artifact, privateKey), made.subject, options);
      if (byDigest) expect(verifyMessage().statement).toBeNull();
      else expect(await codeOf(verifyMessage)).toBe('SIGNATURE_INVALID');
    },
  );

  it('signs a message by SHA-512 where that is known of the artifact', async () => {
    const digest = createHash('sha512').update(made.artifact).digest();
    const signature = sign('sha512', made.artifact, made.privateKey).toString('base64');
    const bundle = withValueAt(bundleOf('message'), ['messageSignature'], {
      messageDigest: { algorithm: 'SHA2_512', digest: digest.toString('base64') },
      signature,
    });
    const options = optionsFor('message', made);
    const subject = { ...made.subject, sha512: digest.toString('hex') };
    expect(verifyEvidence(JSON.stringify(bundle), subject, options).statement).toBeNull();
    expect(await codeOf(() => verifyEvidence(JSON.stringify(bundle), made.subject, options))).toBe('SIGNATURE_INVALID');
  });

  it('without a root is all that counts: what witnesses say is not looked at', () => {
    expect(verify('key-witnessed', undefined, { root: null, thresholds: NO_PROOFS }).times).toEqual([]);
  });
});

describe('verifyBundle', () => {
  const trust = (signer: TrustedSigner) => () =>
    verifyBundle(made.json['keyless-rekor1'], made.subject, signer, {
      root: made.root,
      thresholds: made.thresholds,
      now: new Date(),
    });

  it('takes the signer whom one trusts, and no other', async () => {
    const { issuer, san } = made;
    expect(trust({ kind: 'keyless', issuer, san: { exact: san } })().signer.kind).toBe('keyless');
    expect(await codeOf(trust({ kind: 'keyless', issuer: `${issuer}/`, san: { exact: san } }))).toBe('SIGNER_UNKNOWN');
    expect(await codeOf(trust(made.key))).toBe('SIGNER_UNKNOWN');
  });
});
