import { createHash } from 'node:crypto';
import type { Annotations } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { toEnvelopeBundle, toSignatureBundle } from './to-legacy-bundle.ts';

const payload = new TextEncoder().encode('{"critical":{}}');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SIGNATURE = base64('signature');
const LOG_ID = 'd4'.repeat(32);

const logEntry = (overrides: object = {}, payloadOverrides: object = {}): string =>
  JSON.stringify({
    SignedEntryTimestamp: base64('promise'),
    Payload: {
      body: base64('{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}'),
      integratedTime: 1_795_228_434,
      logIndex: 4_555_141,
      logID: LOG_ID,
      ...payloadOverrides,
    },
    ...overrides,
  });
const signed = (more: Annotations = {}): Annotations => ({ [COSIGN_ANNOTATIONS.signature]: SIGNATURE, ...more });
const parse = (json: string): unknown => JSON.parse(json);

describe('toSignatureBundle', () => {
  it('is a message signature over the payload, by a key that the annotations do not name', () => {
    expect(parse(toSignatureBundle(payload, signed()))).toEqual({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [] },
      messageSignature: {
        messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(payload).digest('base64') },
        signature: SIGNATURE,
      },
    });
  });

  it('carries the log’s entry with its promise, and the timestamp', () => {
    const annotations = signed({
      [COSIGN_ANNOTATIONS.logEntry]: logEntry(),
      [COSIGN_ANNOTATIONS.timestamp]: JSON.stringify({ SignedRFC3161Timestamp: base64('timestamp') }),
    });
    expect(parse(toSignatureBundle(payload, annotations))).toMatchObject({
      verificationMaterial: {
        tlogEntries: [
          {
            logIndex: '4555141',
            logId: { keyId: Buffer.from(LOG_ID, 'hex').toString('base64') },
            kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
            integratedTime: '1795228434',
            inclusionPromise: { signedEntryTimestamp: base64('promise') },
          },
        ],
        timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: base64('timestamp') }] },
      },
    });
  });

  it.each<{ annotations: Annotations; why: string }>([
    { annotations: {}, why: 'no signature' },
    { annotations: { [COSIGN_ANNOTATIONS.signature]: '' }, why: 'an empty signature' },
    { annotations: { [COSIGN_ANNOTATIONS.signature]: 'no base64!' }, why: 'a signature that is no base64' },
    { annotations: signed({ [COSIGN_ANNOTATIONS.certificate]: 'x' }), why: 'a certificate that is no PEM' },
    {
      annotations: signed({
        [COSIGN_ANNOTATIONS.certificate]: `-----BEGIN CERTIFICATE-----\n${'A'.repeat(24_004)}\n-----END CERTIFICATE-----`,
      }),
      why: 'a certificate that is too long for the verifier',
    },
    {
      annotations: signed({
        [COSIGN_ANNOTATIONS.certificate]: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'.repeat(9),
      }),
      why: 'more certificates than a chain has',
    },
    {
      annotations: signed({
        [COSIGN_ANNOTATIONS.certificate]: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
        [COSIGN_ANNOTATIONS.chain]: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      }),
      why: 'a chain of no certificates',
    },
    { annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: '[]' }), why: 'a log entry that is no object' },
    { annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: '{}' }), why: 'a log entry without Payload' },
    {
      annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: logEntry({ SignedEntryTimestamp: undefined }) }),
      why: 'a log entry without promise',
    },
    { annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: logEntry({}, { logID: 'x' }) }), why: 'a log without key' },
    { annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: logEntry({}, { logIndex: -1 }) }), why: 'an index below 0' },
    {
      annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: logEntry({}, { integratedTime: 1.5 }) }),
      why: 'half a second',
    },
    {
      annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: logEntry({}, { logIndex: '4555141' }) }),
      why: 'a number as text, which cosign does not read',
    },
    {
      annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: logEntry({}, { body: base64('{}') }) }),
      why: 'an entry of no kind',
    },
    {
      annotations: signed({ [COSIGN_ANNOTATIONS.logEntry]: logEntry({}, { body: { kind: 'x' } }) }),
      why: 'a body that is no base64',
    },
    { annotations: signed({ [COSIGN_ANNOTATIONS.timestamp]: '{}' }), why: 'a timestamp that is none' },
  ])('refuses $why', ({ annotations }) => {
    expect(() => toSignatureBundle(payload, annotations)).toThrow(expect.objectContaining({ code: 'BUNDLE_INVALID' }));
  });

  it('reads a megabyte of beginnings of certificates in no time', () => {
    const started = performance.now();
    const annotations = signed({ [COSIGN_ANNOTATIONS.certificate]: '-----BEGIN CERTIFICATE-----'.repeat(40_000) });
    expect(() => toSignatureBundle(payload, annotations)).toThrow(/holds none/);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('toEnvelopeBundle', () => {
  const envelope = (overrides: object = {}): Uint8Array =>
    new TextEncoder().encode(
      JSON.stringify({
        payloadType: 'application/vnd.in-toto+json',
        payload: base64('{}'),
        signatures: [{ keyid: '', sig: SIGNATURE }],
        ...overrides,
      }),
    );

  it('is the envelope as it was, with what its annotations prove', () => {
    expect(parse(toEnvelopeBundle(envelope(), { [COSIGN_ANNOTATIONS.logEntry]: logEntry() }))).toMatchObject({
      verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [{ kindVersion: { kind: 'hashedrekord' } }] },
      dsseEnvelope: {
        payloadType: 'application/vnd.in-toto+json',
        payload: base64('{}'),
        signatures: [{ sig: SIGNATURE, keyid: '' }],
      },
    });
  });

  it.each([
    { overrides: { payloadType: 1 }, why: 'no type' },
    { overrides: { payload: undefined }, why: 'no payload' },
    { overrides: { payload: '!' }, why: 'a payload that is no base64' },
    { overrides: { signatures: {} }, why: 'no list of signatures' },
    { overrides: { signatures: [null] }, why: 'a signature that is none' },
    { overrides: { signatures: [{ keyid: 'a' }] }, why: 'a signature without bytes' },
  ])('refuses $why', ({ overrides }) => {
    expect(() => toEnvelopeBundle(envelope(overrides), {})).toThrow(
      expect.objectContaining({ code: 'BUNDLE_INVALID' }),
    );
  });
});
