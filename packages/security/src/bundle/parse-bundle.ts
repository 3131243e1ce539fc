/**
 * Sigstore bundles, from text to parts. Its rule: all of it is looked at here, before code that parses protobuf, ASN.1
 * or regular expressions sees any of it. Nothing is verified.
 *
 * @see https://docs.sigstore.dev/about/bundle/
 * @module
 */
import { isContentError, parseJsonObject, type JsonObject } from '@squizzle/oci-spec';
import { bundleFault } from './bundle-fault.ts';
import {
  readBytes,
  readChoice,
  readItems,
  readMembers,
  readText,
  refuseField,
  type BundleField,
} from './bundle-field.ts';
import { DEFAULT_BUNDLE_LIMITS, PART_LIMITS, type BundleLimits } from './bundle-limits.ts';
import { hasFewTexts } from './count-texts.ts';
import { parseLogEntry } from './parse-log-entry.ts';
import type { BundleContent, BundleKey, BundleVersion, LogEntry, ParsedBundle } from './parsed-bundle.ts';

const VERSIONS: ReadonlyMap<unknown, BundleVersion> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', '0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
]);

/** By which clocks may differ. */
const CLOCK_SKEW_MS = 5 * 60_000;

export interface ParseBundleOptions {
  readonly now: Date;
  readonly limits?: Partial<BundleLimits>;
}

/**
 * @throws {SquizzleError} `BUNDLE_TOO_LARGE`; `BUNDLE_INVALID`; `LOG_ENTRY_INVALID` for a checkpoint that is none, or
 *   the same entry twice; `TIMESTAMP_INVALID` for a time that lies in the future.
 */
export function parseBundle(text: string, { now, limits = {} }: ParseBundleOptions): ParsedBundle {
  const { bundleBytes, logEntries: entryLimit } = { ...DEFAULT_BUNDLE_LIMITS, ...limits };
  const json = parseJson(text, bundleBytes);
  const members = readMembers({ path: '$', value: json }, [
    'mediaType',
    'verificationMaterial',
    'messageSignature',
    'dsseEnvelope',
  ]);
  const version = VERSIONS.get(members.mediaType.value);
  if (version === undefined) return refuseField(members.mediaType, 'a media type of Sigstore bundles up to v0.3');
  const material = readMembers(members.verificationMaterial, [
    'publicKey',
    'certificate',
    'x509CertificateChain',
    'tlogEntries',
    'timestampVerificationData',
  ]);
  const choice = readChoice(members, ['messageSignature', 'dsseEnvelope'], '$');
  const logEntries = readItems(material.tlogEntries, entryLimit).map((field, index) =>
    parseLogEntry(field, index, version, bundleBytes),
  );
  requireDistinct(logEntries);
  requirePast(logEntries, now);
  return {
    version,
    content: parseContent(members[choice], choice, bundleBytes),
    key: parseKey(material, version),
    logEntries,
    timestamps: parseTimestamps(material.timestampVerificationData),
    json,
  };
}

function parseJson(text: string, maxBytes: number): JsonObject {
  const tooLarge = (): never => {
    throw bundleFault('BUNDLE_TOO_LARGE', `the bundle has more than the ${maxBytes} bytes allowed`);
  };
  // A character has a byte at least: a text that is far too long is not even encoded.
  if (text.length > maxBytes) tooLarge();
  const bytes = Buffer.from(text);
  if (bytes.length > maxBytes) tooLarge();
  if (!hasFewTexts(bytes, PART_LIMITS.texts)) {
    throw bundleFault('BUNDLE_TOO_LARGE', `the bundle has more than the ${PART_LIMITS.texts} names and values allowed`);
  }
  try {
    return parseJsonObject(bytes, { maxBytes, what: 'bundle' });
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    throw bundleFault('BUNDLE_INVALID', cause.message, { cause });
  }
}

function parseContent(field: BundleField, kind: 'messageSignature' | 'dsseEnvelope', limit: number): BundleContent {
  if (kind === 'messageSignature') return parseMessage(field);
  const members = readMembers(field, ['payload', 'payloadType', 'signatures']);
  const signatures = readItems(members.signatures, PART_LIMITS.textCharacters);
  const [only] = signatures;
  if (only === undefined || signatures.length > 1) return refuseField(members.signatures, 'a list of exactly one');
  const { sig, keyid } = readMembers(only, ['sig', 'keyid']);
  readText(keyid, PART_LIMITS.textCharacters);
  return {
    kind: 'envelope',
    payloadType: readText(members.payloadType, PART_LIMITS.textCharacters),
    payload: readBytes(members.payload, limit),
    signature: readBytes(sig, PART_LIMITS.signatureBytes),
  };
}

function parseMessage(field: BundleField): BundleContent {
  const { messageDigest, signature } = readMembers(field, ['messageDigest', 'signature']);
  const { algorithm, digest } = readMembers(messageDigest, ['algorithm', 'digest']);
  return {
    kind: 'message',
    algorithm: readText(algorithm, PART_LIMITS.textCharacters),
    digest: readBytes(digest, 64),
    signature: readBytes(signature, PART_LIMITS.signatureBytes),
  };
}

function parseKey(
  material: Readonly<Record<'publicKey' | 'certificate' | 'x509CertificateChain', BundleField>>,
  version: BundleVersion,
): BundleKey {
  const choice = readChoice(material, ['publicKey', 'certificate', 'x509CertificateChain'], '$.verificationMaterial');
  const field = material[choice];
  if (choice === 'publicKey') {
    const { hint } = readMembers(field, ['hint']);
    return { kind: 'public-key', hint: readText(hint, PART_LIMITS.textCharacters) };
  }
  if (choice === 'certificate') return { kind: 'certificate', leaf: readDerBytes(field, 'rawBytes'), others: [] };
  if (version === '0.3') refuseField(field, 'a single certificate since version 0.3 of bundles');
  const { certificates } = readMembers(field, ['certificates']);
  const [leaf, ...others] = readItems(certificates, PART_LIMITS.certificates).map((item) =>
    readDerBytes(item, 'rawBytes'),
  );
  if (leaf === undefined) return refuseField(certificates, 'a list of one at least');
  return { kind: 'certificate', leaf, others };
}

function parseTimestamps(field: BundleField): readonly Buffer[] {
  if (field.value === undefined || field.value === null) return [];
  const { rfc3161Timestamps } = readMembers(field, ['rfc3161Timestamps']);
  return readItems(rfc3161Timestamps, PART_LIMITS.timestamps).map((item) => readDerBytes(item, 'signedTimestamp'));
}

function readDerBytes(field: BundleField, name: string): Buffer {
  const { [name]: bytes } = readMembers(field, [name]);
  return bytes === undefined ? refuseField(field, `an object with ${name}`) : readBytes(bytes, PART_LIMITS.derBytes);
}

/** What a log said twice counts once; a bundle that repeats it wants it to count more. */
function requireDistinct(entries: readonly LogEntry[]): void {
  const seen = new Set<string>();
  for (const { name, logId, body } of entries) {
    const id = `${logId.toString('hex')} ${body.toString('base64')}`;
    if (seen.has(id)) throw bundleFault('LOG_ENTRY_INVALID', `${name}: the bundle has the same entry before`);
    seen.add(id);
  }
}

function requirePast(entries: readonly LogEntry[], now: Date): void {
  const future = entries.find(({ integratedTime }) => isFuture(new Date(integratedTime * 1000), now));
  if (future !== undefined) {
    throw bundleFault('TIMESTAMP_INVALID', `${future.name}: its time, ${future.integratedTime}, lies in the future`);
  }
}

/** Not by a little: clocks differ. */
export function isFuture(time: Date, now: Date): boolean {
  return !(time.getTime() <= now.getTime() + CLOCK_SKEW_MS);
}
