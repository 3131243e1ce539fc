/**
 * Bundles that cost much, or do something else than to be verified, in a reader that is not careful.
 *
 * @module
 */
import type { BundleFaultCode } from '../src/bundle/bundle-fault.ts';
import { repeated, valueAt, withValueAt, type JsonPath } from './json-leaves.ts';

export interface CraftedBundle {
  readonly name: string;
  readonly json: string;
  readonly code: BundleFaultCode;
}

const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const MATERIAL = ['verificationMaterial'] as const;
const ENTRIES: JsonPath = [...MATERIAL, 'tlogEntries'];
const ENTRY: JsonPath = [...ENTRIES, 0];
const CERTIFICATE: JsonPath = [...MATERIAL, 'certificate', 'rawBytes'];
const STAMP: JsonPath = [...MATERIAL, 'timestampVerificationData', 'rfc3161Timestamps', 0, 'signedTimestamp'];
const CHECKPOINT: JsonPath = [...ENTRY, 'inclusionProof', 'checkpoint', 'envelope'];

/** @param good a keyless bundle with a log entry and a timestamp. */
export function craftedBundles(good: string): readonly CraftedBundle[] {
  return [...craftedParts(JSON.parse(good)), ...craftedTexts(good)];
}

function craftedParts(bundle: unknown): readonly CraftedBundle[] {
  const entry = valueAt(bundle, ENTRY);
  const checkpoint = String(valueAt(bundle, CHECKPOINT));
  const nested = nestedElements(OCTET_STRING, 17_900);
  const brackets = base64('['.repeat(500_000));
  const rows: readonly (readonly [string, BundleFaultCode, JsonPath, unknown])[] = [
    ['a certificate of nested octet strings', 'CERTIFICATE_INVALID', CERTIFICATE, nested],
    ['a timestamp of nested octet strings', 'TIMESTAMP_INVALID', STAMP, nested],
    ['a timestamp of nested sequences', 'TIMESTAMP_INVALID', STAMP, nestedElements(SEQUENCE, 17_900)],
    ['a certificate of 83 kB', 'BUNDLE_TOO_LARGE', CERTIFICATE, nestedElements(OCTET_STRING, 83_000)],
    ['a log that is a slow regular expression', 'LOG_ENTRY_INVALID', CHECKPOINT, named(checkpoint, '(a*a*a*a*a*)*$')],
    ['a log that is no regular expression', 'LOG_ENTRY_INVALID', CHECKPOINT, named(checkpoint, '((((')],
    [
      'a checkpoint that a hundred signed',
      'LOG_ENTRY_INVALID',
      CHECKPOINT,
      checkpoint + lastLine(checkpoint).repeat(100),
    ],
    ['a checkpoint without end', 'BUNDLE_TOO_LARGE', CHECKPOINT, checkpoint + 'x'.repeat(500_000)],
    ['sixty log entries', 'BUNDLE_TOO_LARGE', ENTRIES, repeated(60, entry)],
    ['a hundred thousand empty entries', 'BUNDLE_TOO_LARGE', ENTRIES, repeated(100_000, {})],
    ['the same entry twice', 'LOG_ENTRY_INVALID', ENTRIES, [entry, entry]],
    ['a huge integer', 'BUNDLE_INVALID', [...ENTRY, 'logIndex'], '9'.repeat(500_000)],
    ['a body of nested lists', 'LOG_ENTRY_INVALID', [...ENTRY, 'canonicalizedBody'], brackets],
    ['a body of many names', 'LOG_ENTRY_INVALID', [...ENTRY, 'canonicalizedBody'], base64(manyNames(60_000))],
    ['a payload of many names', 'SIGNATURE_INVALID', ['dsseEnvelope', 'payload'], base64(manyNames(60_000))],
    ['a payload of nested lists', 'SIGNATURE_INVALID', ['dsseEnvelope', 'payload'], brackets],
    ['a huge signature', 'BUNDLE_TOO_LARGE', ['dsseEnvelope', 'signatures', 0, 'sig'], brackets],
  ];
  return rows.map(([name, code, path, value]) => ({
    name,
    code,
    json: JSON.stringify(withValueAt(bundle, path, value)),
  }));
}

function craftedTexts(good: string): readonly CraftedBundle[] {
  const before = (members: string): string => good.replace('{', `{${members},`);
  const rows: readonly (readonly [string, BundleFaultCode, string])[] = [
    ['1 MiB of spaces', 'BUNDLE_INVALID', ' '.repeat(1024 * 1024)],
    ['a bundle and 1 MiB of spaces', 'BUNDLE_TOO_LARGE', good + ' '.repeat(1024 * 1024)],
    ['characters of three bytes, over 1 MiB', 'BUNDLE_TOO_LARGE', `{"mediaType":"${'\u20ac'.repeat(400_000)}"}`],
    ['deep lists', 'BUNDLE_INVALID', '['.repeat(500_000)],
    ['deep objects', 'BUNDLE_INVALID', '{"a":'.repeat(2000)],
    ['objects without end', 'BUNDLE_TOO_LARGE', '{"a":'.repeat(200_000)],
    ['a hundred thousand names', 'BUNDLE_TOO_LARGE', manyNames(95_000)],
    ['a name twice', 'BUNDLE_INVALID', before('"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"')],
    ['a name twice, once with an escape', 'BUNDLE_INVALID', before(String.raw`"media\u0054ype":"x"`)],
    ['a prototype', 'BUNDLE_INVALID', before('"__proto__":{"polluted":true}')],
    ['a constructor', 'BUNDLE_INVALID', before('"constructor":{"prototype":{"polluted":true}}')],
    ['a prototype in place of the key', 'BUNDLE_INVALID', good.replace('"certificate":', '"__proto__":')],
    ['a list', 'BUNDLE_INVALID', '[]'],
    ['null', 'BUNDLE_INVALID', 'null'],
    ['nothing', 'BUNDLE_INVALID', ''],
    ['half of a bundle', 'BUNDLE_INVALID', good.slice(0, good.length / 2)],
  ];
  return rows.map(([name, code, json]) => ({ name, code, json }));
}

const base64 = (content: string): string => Buffer.from(content).toString('base64');

/** Each in the other, as base64: readers that look into octet strings go down to the last. */
function nestedElements(tag: number, size: number): string {
  const parts: Buffer[] = [];
  for (let inner = 0; inner < size;) {
    const length = inner < 0x80 ? [inner] : inner < 0x100 ? [0x81, inner] : [0x82, inner >> 8, inner & 0xff];
    const head = Buffer.from(
      inner > 0xffff ? [tag, 0x83, inner >> 16, (inner >> 8) & 0xff, inner & 0xff] : [tag, ...length],
    );
    parts.push(head);
    inner += head.length;
  }
  return Buffer.concat(parts.toReversed()).toString('base64');
}

function named(checkpoint: string, name: string): string {
  return checkpoint.replace(/\u2014 \S+/, () => `\u2014 ${name}`);
}

function lastLine(checkpoint: string): string {
  return checkpoint.slice(checkpoint.lastIndexOf('\u2014'));
}

function manyNames(count: number): string {
  return `{${Array.from({ length: count }, (_, index) => `"m${index}":0`).join(',')}}`;
}
