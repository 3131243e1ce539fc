import { beforeAll, describe, expect, it } from 'vitest';
import { signedBundles, type BundleName, type SignedBundles } from '../../test/signed-bundles.ts';
import { repeated, valueAt, withValueAt, type JsonPath } from '../../test/json-leaves.ts';
import { thrownBy } from '../../test/told-by.ts';
import type { BundleFaultCode } from './bundle-fault.ts';
import { parseBundle } from './parse-bundle.ts';

let made: SignedBundles;
beforeAll(async () => {
  made = await signedBundles();
});

const now = new Date();
const bundleOf = (name: BundleName): unknown => JSON.parse(made.json[name]);
const parse = (bundle: unknown) => parseBundle(JSON.stringify(bundle), { now });
const MATERIAL = ['verificationMaterial'] as const;
const ENTRY = [...MATERIAL, 'tlogEntries', 0] as const;
const PROOF = [...ENTRY, 'inclusionProof'] as const;
const CERTIFICATE = [...MATERIAL, 'certificate', 'rawBytes'] as const;
const STAMP = [...MATERIAL, 'timestampVerificationData', 'rfc3161Timestamps', 0, 'signedTimestamp'] as const;
const V = (version: string) => `application/vnd.dev.sigstore.bundle+json;version=${version}`;
const bytes = (size: number): string => Buffer.alloc(size, 7).toString('base64');

interface Row {
  readonly path: JsonPath;
  /** `undefined`: left out. */
  readonly value: unknown;
  readonly code: BundleFaultCode;
  readonly why: string;
}

describe('parseBundle', () => {
  it.each(['keyless-rekor1', 'keyless-rekor2', 'key-witnessed', 'key-alone', 'message'] as const)(
    'reads %s',
    (name) => {
      expect(parse(bundleOf(name))).toMatchObject({ version: '0.3' });
    },
  );

  it.each<Row>([
    { path: ['mediaType'], value: undefined, code: 'BUNDLE_INVALID', why: 'no version' },
    { path: ['mediaType'], value: V('0.4'), code: 'BUNDLE_INVALID', why: 'a version that does not exist yet' },
    { path: ['mediaType'], value: `${V('0.3')} `, code: 'BUNDLE_INVALID', why: 'nearly a version' },
    { path: ['mediaType'], value: [V('0.3')], code: 'BUNDLE_INVALID', why: 'a version of another type' },
    { path: ['extra'], value: 1, code: 'BUNDLE_INVALID', why: 'a member that bundles do not have' },
    { path: MATERIAL, value: undefined, code: 'BUNDLE_INVALID', why: 'no material' },
    { path: MATERIAL, value: [], code: 'BUNDLE_INVALID', why: 'a list for an object' },
    { path: ['dsseEnvelope'], value: undefined, code: 'BUNDLE_INVALID', why: 'nothing that is signed' },
    { path: ['messageSignature'], value: {}, code: 'BUNDLE_INVALID', why: 'two things that are signed' },
    { path: ['dsseEnvelope', 'signatures'], value: [], code: 'BUNDLE_INVALID', why: 'no signature' },
    { path: ['dsseEnvelope', 'signatures', 1], value: { sig: 'AAAA' }, code: 'BUNDLE_INVALID', why: 'two signatures' },
    {
      path: ['dsseEnvelope', 'signatures', 0, 'sig'],
      value: 'AAA',
      code: 'BUNDLE_INVALID',
      why: 'base64 without padding',
    },
    {
      path: ['dsseEnvelope', 'signatures', 0, 'sig'],
      value: 'AAB=',
      code: 'BUNDLE_INVALID',
      why: 'base64 with bits left over',
    },
    {
      path: ['dsseEnvelope', 'signatures', 0, 'sig'],
      value: 'AA\nAA',
      code: 'BUNDLE_INVALID',
      why: 'base64 with a line end',
    },
    {
      path: ['dsseEnvelope', 'signatures', 0, 'sig'],
      value: '__8=',
      code: 'BUNDLE_INVALID',
      why: 'base64 for addresses',
    },
    {
      path: ['dsseEnvelope', 'signatures', 0, 'sig'],
      value: bytes(4097),
      code: 'BUNDLE_TOO_LARGE',
      why: 'a huge signature',
    },
    { path: ['dsseEnvelope', 'payload'], value: '', code: 'BUNDLE_INVALID', why: 'nothing signed' },
    { path: [...MATERIAL, 'certificate'], value: undefined, code: 'BUNDLE_INVALID', why: 'no key' },
    {
      path: [...MATERIAL, 'publicKey'],
      value: { hint: '' },
      code: 'BUNDLE_INVALID',
      why: 'a key beside the certificate',
    },
    {
      path: [...MATERIAL, 'x509CertificateChain'],
      value: { certificates: [{ rawBytes: 'AAAA' }] },
      code: 'BUNDLE_INVALID',
      why: 'a chain beside the certificate',
    },
    { path: CERTIFICATE, value: bytes(18_001), code: 'BUNDLE_TOO_LARGE', why: 'a certificate over 18 kB' },
    { path: STAMP, value: bytes(18_001), code: 'BUNDLE_TOO_LARGE', why: 'a timestamp over 18 kB' },
    { path: [...ENTRY, 'logIndex'], value: '-1', code: 'BUNDLE_INVALID', why: 'a negative index' },
    { path: [...ENTRY, 'logIndex'], value: -1, code: 'BUNDLE_INVALID', why: 'a negative number' },
    { path: [...ENTRY, 'logIndex'], value: 1.5, code: 'BUNDLE_INVALID', why: 'half an index' },
    { path: [...ENTRY, 'logIndex'], value: '0x10', code: 'BUNDLE_INVALID', why: 'an index in another base' },
    { path: [...ENTRY, 'logIndex'], value: '01', code: 'BUNDLE_INVALID', why: 'a second way to write a number' },
    { path: [...ENTRY, 'logIndex'], value: '9'.repeat(30), code: 'BUNDLE_INVALID', why: 'a huge integer' },
    {
      path: [...PROOF, 'treeSize'],
      value: '9007199254740993',
      code: 'BUNDLE_INVALID',
      why: 'over 2^53, so it would be rounded',
    },
    { path: [...PROOF, 'logIndex'], value: true, code: 'BUNDLE_INVALID', why: 'no number at all' },
    { path: [...PROOF, 'rootHash'], value: bytes(31), code: 'BUNDLE_INVALID', why: 'a hash of 31 bytes' },
    {
      path: [...PROOF, 'hashes'],
      value: repeated(65, bytes(32)),
      code: 'BUNDLE_TOO_LARGE',
      why: 'a proof for 2^65 entries',
    },
    { path: [...PROOF, 'hashes', 0], value: bytes(33), code: 'BUNDLE_TOO_LARGE', why: 'a hash of 33 bytes' },
    { path: [...PROOF, 'checkpoint'], value: undefined, code: 'BUNDLE_INVALID', why: 'version 0.3 needs a checkpoint' },
    {
      path: PROOF,
      value: undefined,
      code: 'BUNDLE_INVALID',
      why: 'version 0.3 needs a proof, a promise is not enough',
    },
    { path: PROOF, value: null, code: 'BUNDLE_INVALID', why: 'null is as absent' },
    { path: [...ENTRY, 'canonicalizedBody'], value: undefined, code: 'BUNDLE_INVALID', why: 'no body' },
    { path: [...ENTRY, 'kindVersion'], value: undefined, code: 'BUNDLE_INVALID', why: 'no kind' },
    { path: [...ENTRY, 'logId'], value: undefined, code: 'BUNDLE_INVALID', why: 'no log' },
    { path: [...ENTRY, 'integratedTime'], value: '4102444800', code: 'TIMESTAMP_INVALID', why: 'the year 2100' },
    { path: [...ENTRY, 'integratedTime'], value: '9007199254740991', code: 'TIMESTAMP_INVALID', why: 'no time at all' },
  ])('refuses $path with $code: $why', async ({ path, value, code }) => {
    const error = await thrownBy(() => parse(withValueAt(bundleOf('keyless-rekor1'), path, value)));
    expect(error.code).toBe(code);
  });

  it.each<Row>([
    { path: ['messageSignature', 'messageDigest'], value: undefined, code: 'BUNDLE_INVALID', why: 'no digest' },
    {
      path: ['messageSignature', 'messageDigest', 'digest'],
      value: bytes(65),
      code: 'BUNDLE_TOO_LARGE',
      why: 'no SHA is so long',
    },
    { path: ['messageSignature', 'signature'], value: undefined, code: 'BUNDLE_INVALID', why: 'no signature' },
    { path: [...MATERIAL, 'publicKey', 'hint'], value: 7, code: 'BUNDLE_INVALID', why: 'a hint that is no text' },
    {
      path: [...MATERIAL, 'publicKey', 'hint'],
      value: 'x'.repeat(1025),
      code: 'BUNDLE_TOO_LARGE',
      why: 'a hint without end',
    },
    { path: [...MATERIAL, 'tlogEntries'], value: {}, code: 'BUNDLE_INVALID', why: 'entries that are no list' },
  ])('refuses a message with $path as $code: $why', async ({ path, value, code }) => {
    const error = await thrownBy(() => parse(withValueAt(bundleOf('message'), path, value)));
    expect(error.code).toBe(code);
  });

  it('counts entries and timestamps', async () => {
    const bundle = bundleOf('keyless-rekor1');
    const entries = repeated(9, valueAt(bundle, ENTRY));
    const stamps = repeated(9, { signedTimestamp: valueAt(bundle, STAMP) });
    for (const [path, items] of [
      [ENTRY.slice(0, -1), entries],
      [STAMP.slice(0, -2), stamps],
    ] as const) {
      expect((await thrownBy(() => parse(withValueAt(bundle, path, items)))).code).toBe('BUNDLE_TOO_LARGE');
    }
    const limits = { logEntries: 0 };
    expect((await thrownBy(() => parseBundle(JSON.stringify(bundle), { now, limits }))).code).toBe('BUNDLE_TOO_LARGE');
  });

  it('refuses the same log entry twice, even under another index', async () => {
    const bundle = bundleOf('keyless-rekor1');
    const again = { ...(valueAt(bundle, ENTRY) as object), logIndex: '5' };
    const error = await thrownBy(() => parse(withValueAt(bundle, [...ENTRY.slice(0, -1), 1], again)));
    expect(error.code).toBe('LOG_ENTRY_INVALID');
  });

  it.each([
    { version: '0.1', without: PROOF, allowed: true, why: 'the promise is enough' },
    {
      version: '0.1',
      without: [...PROOF, 'checkpoint'],
      allowed: true,
      why: 'a proof without checkpoint is passed over',
    },
    { version: '0.1', without: [...ENTRY, 'inclusionPromise'], allowed: false, why: 'there must be a promise' },
    { version: '0.2', without: PROOF, allowed: false, why: 'there must be a proof' },
    { version: '0.2', without: [...PROOF, 'checkpoint'], allowed: false, why: 'there must be a checkpoint' },
    { version: '0.3', without: [...ENTRY, 'inclusionPromise'], allowed: true, why: 'the proof is enough' },
  ])('version $version without $without: $why', async ({ version, without, allowed }) => {
    const bundle = withValueAt(withValueAt(bundleOf('keyless-rekor1'), ['mediaType'], V(version)), without, undefined);
    if (allowed) expect(parse(bundle)).toMatchObject({ version });
    else expect((await thrownBy(() => parse(bundle))).code).toBe('BUNDLE_INVALID');
  });

  it.each([
    { version: '0.2', certificates: 1, allowed: true, why: 'chains are of this version' },
    { version: '0.2', certificates: 0, allowed: false, why: 'an empty chain has no signer' },
    { version: '0.3', certificates: 1, allowed: false, why: 'a single certificate since 0.3' },
  ])('version $version with a chain of $certificates: $why', async ({ version, certificates, allowed }) => {
    const bundle = bundleOf('keyless-rekor1');
    const one = valueAt(bundle, CERTIFICATE.slice(0, -1));
    const chained = withValueAt(withValueAt(bundle, ['mediaType'], V(version)), CERTIFICATE.slice(0, -1), undefined);
    const chain = { certificates: repeated(certificates, one) };
    const act = () => parse(withValueAt(chained, [...MATERIAL, 'x509CertificateChain'], chain));
    if (allowed) expect(act()).toMatchObject({ key: { kind: 'certificate', others: [] } });
    else expect((await thrownBy(act)).code).toBe('BUNDLE_INVALID');
  });

  it.each([
    { from: /\n/, to: '\n\n', why: 'the note ends after the first line' },
    { from: /\n\d+\n/, to: '\n-5\n', why: 'a negative size' },
    { from: /\n\d+\n/, to: '\n0x5\n', why: 'a size that BigInt takes and nobody writes' },
    { from: /\n\d+\n/, to: '\nfive\n', why: 'a size that is none' },
    { from: /\n\d+\n/, to: `\n${'9'.repeat(400)}\n`, why: 'a size without end' },
    { from: /\u2014 \S+/, to: '\u2014 (a+)+$', why: 'a name that is a slow regular expression' },
    { from: /\u2014 \S+/, to: '\u2014 [', why: 'a name that is no regular expression' },
    { from: /\u2014 \S+/, to: '\u2014 .*', why: 'a name that matches every log' },
    { from: /\u2014 \S+ \S+/, to: '\u2014 a AAA=', why: 'a signature that is only a hint' },
    { from: /\n$/, to: '', why: 'the last line does not end' },
    { from: /\u2014.*\n/, to: '', why: 'no signature' },
    { from: /\u2014/, to: '-', why: 'another dash' },
  ])('refuses a checkpoint as LOG_ENTRY_INVALID: $why', async ({ from, to }) => {
    const bundle = bundleOf('keyless-rekor1');
    const path = [...PROOF, 'checkpoint', 'envelope'] as const;
    const envelope = (valueAt(bundle, path) as string).replace(from, to);
    expect((await thrownBy(() => parse(withValueAt(bundle, path, envelope)))).code).toBe('LOG_ENTRY_INVALID');
  });

  it('bounds checkpoints: their length and how many sign them', async () => {
    const bundle = bundleOf('keyless-rekor1');
    const path = [...PROOF, 'checkpoint', 'envelope'] as const;
    const envelope = valueAt(bundle, path) as string;
    const line = envelope.slice(envelope.indexOf('\u2014'));
    expect((await thrownBy(() => parse(withValueAt(bundle, path, envelope + line.repeat(32))))).code).toBe(
      'LOG_ENTRY_INVALID',
    );
    expect((await thrownBy(() => parse(withValueAt(bundle, path, 'x'.repeat(16_385))))).code).toBe('BUNDLE_TOO_LARGE');
  });
});
