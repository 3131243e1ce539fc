/**
 * What proves one of cosign's older signatures, from annotations to the members of a bundle: certificates, the log's
 * entry, the timestamp. Nothing is verified here; what cannot be read is refused.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { Annotations, JsonObject } from '@squizzle/oci-spec';
import { bundleFault } from '../bundle/bundle-fault.ts';
import type { JsonValue } from '../statements/statement.ts';
import { COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { readJsonObject, requireBase64 } from './read-attached-json.ts';

/** Of one signature. Fulcio's chains have three. */
const MAX_CERTIFICATES = 8;
/** Of one, in base64: what the verifier takes as well. */
const MAX_CERTIFICATE_CHARACTERS = 24_000;
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

/** @throws {SquizzleError} `BUNDLE_INVALID` */
export function toVerificationMaterial(annotations: Annotations): JsonValue {
  return {
    ...signerOf(annotations),
    tlogEntries: logEntriesOf(annotations),
    ...timestampsOf(annotations),
  };
}

/** The leaf and those between: the root is the verifier's to know, and a chain that brings its own is refused. */
function signerOf(annotations: Annotations): { readonly [key: string]: JsonValue } {
  const text = annotations[COSIGN_ANNOTATIONS.certificate];
  if (text === undefined || text === '') return { publicKey: { hint: '' } };
  const [leaf] = readCertificates(text, 'certificate');
  if (leaf === undefined) throw bundleFault('BUNDLE_INVALID', 'the annotation with the certificate holds none');
  const chain = readCertificates(annotations[COSIGN_ANNOTATIONS.chain] ?? '', 'chain').filter((each) => !isRoot(each));
  const certificates = [leaf, ...chain].map((rawBytes) => ({ rawBytes }));
  return { x509CertificateChain: { certificates } };
}

function readCertificates(text: string, what: string): readonly string[] {
  const found = [...text.matchAll(PEM)].map(([, body = '']) => body.replace(/\s/g, ''));
  if (found.length > MAX_CERTIFICATES)
    throw bundleFault('BUNDLE_INVALID', `more than ${MAX_CERTIFICATES} certificates in the ${what}`);
  for (const each of found) {
    if (each.length > MAX_CERTIFICATE_CHARACTERS)
      throw bundleFault('BUNDLE_INVALID', `a certificate of the ${what} is too long`);
    requireBase64(each, `a certificate of the ${what}`);
  }
  return found;
}

function isRoot(base64: string): boolean {
  try {
    const { subject, issuer } = new X509Certificate(Buffer.from(base64, 'base64'));
    return subject === issuer;
  } catch (cause) {
    throw bundleFault('BUNDLE_INVALID', 'a certificate of the chain cannot be read', { cause });
  }
}

/** What Rekor 1 answered to cosign: the entry, and its signed promise to include it. */
function logEntriesOf(annotations: Annotations): readonly JsonValue[] {
  const text = annotations[COSIGN_ANNOTATIONS.logEntry];
  if (text === undefined || text === '') return [];
  const entry = readJsonObject(text, 'log entry');
  const payload = entry['Payload'];
  if (typeof payload !== 'object' || payload === null)
    throw bundleFault('BUNDLE_INVALID', 'the log entry has no Payload');
  const { body, integratedTime, logIndex, logID } = payload as JsonObject;
  const canonicalizedBody = requireBase64(body, 'the body of the log entry');
  if (typeof logID !== 'string' || !/^[0-9a-f]{64}$/.test(logID))
    throw bundleFault('BUNDLE_INVALID', 'the logID is no SHA-256 as hex');
  return [
    {
      logIndex: countOf(logIndex, 'logIndex'),
      logId: { keyId: Buffer.from(logID, 'hex').toString('base64') },
      kindVersion: kindOf(canonicalizedBody),
      integratedTime: countOf(integratedTime, 'integratedTime'),
      inclusionPromise: { signedEntryTimestamp: requireBase64(entry['SignedEntryTimestamp'], 'SignedEntryTimestamp') },
      canonicalizedBody,
    },
  ];
}

function kindOf(canonicalizedBody: string): JsonValue {
  const body = readJsonObject(Buffer.from(canonicalizedBody, 'base64'), 'body of the log entry');
  const { kind, apiVersion: version } = body;
  if (typeof kind === 'string' && typeof version === 'string') return { kind, version };
  throw bundleFault('BUNDLE_INVALID', 'the body of the log entry has no kind and apiVersion');
}

function timestampsOf(annotations: Annotations): { readonly [key: string]: JsonValue } {
  const text = annotations[COSIGN_ANNOTATIONS.timestamp];
  if (text === undefined || text === '' || text === 'null') return {};
  const signed = readJsonObject(text, 'timestamp')['SignedRFC3161Timestamp'];
  const signedTimestamp = requireBase64(signed, 'SignedRFC3161Timestamp');
  return { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp }] } };
}

/** As bundles write 64-bit numbers: as text. */
function countOf(value: unknown, what: string): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
  throw bundleFault('BUNDLE_INVALID', `${what} is no unsigned integer`);
}
