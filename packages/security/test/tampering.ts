/**
 * Which code a change of one byte gives, by the part it is in.
 *
 * @module
 */
import { describePath, valueAt, withValueAt, type JsonPath } from './json-leaves.ts';

export interface TamperedPart {
  readonly part: string;
  /** What may come of it. `same`: accepted, and the same signer and statement as before. */
  readonly codes: readonly string[];
}

/** The first that fits. */
const PARTS: readonly (readonly [RegExp, TamperedPart])[] = [
  // Versions 0.2 and 0.3 differ in one bit, and what is true of a bundle is so in both.
  [/^\.mediaType$/, { part: 'media type', codes: ['BUNDLE_INVALID', 'same'] }],
  [/\.certificate\.rawBytes$/, { part: 'certificate', codes: ['CERTIFICATE_INVALID'] }],
  // It tells which keys to try first, and nothing more.
  [/\.publicKey\.hint$/, { part: 'hint', codes: ['same'] }],
  // Anything that is no digit is no number.
  [
    /\.integratedTime$/,
    { part: 'time of a log entry', codes: ['LOG_ENTRY_INVALID', 'TIMESTAMP_INVALID', 'BUNDLE_INVALID', 'same'] },
  ],
  [/\.(?:logIndex|treeSize)$/, { part: 'number of a log entry', codes: ['LOG_ENTRY_INVALID', 'BUNDLE_INVALID'] }],
  [/\.tlogEntries/, { part: 'log entry', codes: ['LOG_ENTRY_INVALID'] }],
  [/\.signedTimestamp$/, { part: 'timestamp', codes: ['TIMESTAMP_INVALID'] }],
  [/\.payload$/, { part: 'payload', codes: ['SIGNATURE_INVALID'] }],
  [/\.payloadType$/, { part: 'type of the payload', codes: ['SIGNATURE_INVALID'] }],
  [/\.(?:sig|signature)$/, { part: 'signature', codes: ['SIGNATURE_INVALID'] }],
  // Nothing reads it: the signature fits the key or it does not.
  [/\.keyid$/, { part: 'key id of the envelope', codes: ['same'] }],
  [/\.digest$/, { part: 'digest', codes: ['ARTIFACT_MISMATCH'] }],
  [/\.algorithm$/, { part: 'name of a digest', codes: ['SIGNATURE_INVALID'] }],
];

export function partOf(path: JsonPath): TamperedPart {
  const text = describePath(path);
  const [, part] = PARTS.find(([pattern]) => pattern.test(text)) ?? [];
  if (part === undefined) throw new RangeError(`no code is documented for ${text}`);
  return part;
}

/** Parts that are base64 are changed in their bytes, others in their characters. */
const BYTES =
  /\.(?:rawBytes|signedTimestamp|payload|sig|signature|digest|keyId|rootHash|signedEntryTimestamp|canonicalizedBody|hint|keyid|hashes\[\])$/;

/** In bytes, or characters where the part is a text. */
export function sizeOfLeaf(bundle: unknown, path: JsonPath): number {
  return bytesAt(bundle, path).length;
}

/** A copy with one bit changed. */
export function flipByte(bundle: unknown, path: JsonPath, at: number, mask: number): unknown {
  const bytes = bytesAt(bundle, path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
  return withValueAt(bundle, path, bytes.toString(isBase64(path) ? 'base64' : 'utf8'));
}

function bytesAt(bundle: unknown, path: JsonPath): Buffer {
  return Buffer.from(String(valueAt(bundle, path)), isBase64(path) ? 'base64' : 'utf8');
}

function isBase64(path: JsonPath): boolean {
  return BYTES.test(describePath(path));
}
