import { describe, expect, it } from 'vitest';
import { repeated } from '../../test/json-leaves.ts';
import { encode, explicit, integer, octets, oid, sequence, set } from '../../test/local-sigstore/der.ts';
import { sha256 } from '../../test/local-sigstore/key-pair.ts';
import { thrownBy } from '../../test/told-by.ts';
import { parseTimestamp } from './parse-timestamp.ts';

const SHA256 = sequence(oid('2.16.840.1.101.3.4.2.1'));
const SHA1 = sequence(oid('1.3.14.3.2.26'));
const ECDSA = sequence(oid('1.2.840.10045.4.3.2'));
const INFO = oid('1.2.840.113549.1.9.16.1.4');
const OTHER = oid('1.2.3');

/** What a timestamp is made of; each test changes one part. */
interface Parts {
  readonly status?: Buffer;
  readonly time?: string;
  readonly timeTag?: number;
  readonly imprint?: Buffer;
  readonly version?: Buffer;
  readonly algorithms?: Buffer;
  readonly type?: Buffer;
  readonly contentType?: Buffer;
  readonly signedType?: Buffer;
  readonly signedDigest?: Buffer;
  readonly signerVersion?: Buffer;
  readonly digestAlgorithm?: Buffer;
  readonly signatureAlgorithm?: Buffer;
  readonly unsigned?: readonly Buffer[];
  readonly signers?: number;
  readonly rest?: readonly Buffer[];
}

function timestamp(parts: Parts): Buffer {
  const { algorithms = SHA256, digestAlgorithm = SHA256 } = parts;
  const info = sequence(
    integer(1),
    oid('1.3.6.1.4.1.57264.2'),
    parts.imprint ?? sequence(SHA256, octets(sha256(Buffer.from('x')))),
    integer(7),
    encode(parts.timeTag ?? 0x18, Buffer.from(parts.time ?? '20260102030405Z')),
  );
  const attributes = Buffer.concat([
    sequence(oid('1.2.840.113549.1.9.3'), set(parts.signedType ?? INFO)),
    sequence(oid('1.2.840.113549.1.9.4'), set(octets(parts.signedDigest ?? sha256(info)))),
  ]);
  const signer = sequence(
    parts.signerVersion ?? integer(1),
    sequence(sequence(), integer(5)),
    digestAlgorithm,
    encode(0xa0, attributes),
    parts.signatureAlgorithm ?? ECDSA,
    octets(Buffer.of(1)),
    ...(parts.unsigned ?? []),
  );
  const signed = sequence(
    parts.version ?? integer(3),
    set(algorithms),
    sequence(parts.contentType ?? INFO, explicit(0, octets(info))),
    encode(0x31, ...repeated(parts.signers ?? 1, signer)),
  );
  const token = sequence(parts.type ?? oid('1.2.840.113549.1.7.2'), explicit(0, signed));
  return sequence(parts.status ?? sequence(integer(0)), token, ...(parts.rest ?? []));
}

describe('parseTimestamp', () => {
  it.each([
    { time: '20260102030405Z', iso: '2026-01-02T03:04:05.000Z', why: 'whole seconds' },
    { time: '20260102030405.5Z', iso: '2026-01-02T03:04:05.500Z', why: 'a fraction of one digit' },
    {
      time: '20260102030405.123456Z',
      iso: '2026-01-02T03:04:05.123Z',
      why: 'microseconds, of which milliseconds are kept',
    },
  ])('reads $time: $why', ({ time, iso }) => {
    expect(parseTimestamp(timestamp({ time }), 't').time.toISOString()).toBe(iso);
  });

  it.each<{ parts: Parts; why: string }>([
    { parts: { status: sequence(integer(2)) }, why: 'one that was refused' },
    { parts: { status: sequence(integer(1)) }, why: 'one that was granted in another way than asked for' },
    { parts: { status: sequence(integer(0), sequence()) }, why: 'a status with something to say' },
    { parts: { rest: [integer(1)] }, why: 'something after the token' },
    { parts: { type: OTHER }, why: 'a token that is no signed data' },
    { parts: { contentType: OTHER }, why: 'content that is no timestamp' },
    { parts: { signedType: OTHER }, why: 'content that was signed as something else' },
    { parts: { signedDigest: Buffer.alloc(32) }, why: 'content that was not signed' },
    { parts: { version: integer(1) }, why: 'another version' },
    { parts: { signerVersion: integer(3) }, why: 'a signer named by its key' },
    { parts: { algorithms: SHA1 }, why: 'a list of digests that nobody signed' },
    { parts: { algorithms: SHA1, digestAlgorithm: SHA1 }, why: 'SHA-1' },
    { parts: { imprint: sequence(SHA1, octets(Buffer.alloc(20))) }, why: 'SHA-1 of what was stamped' },
    { parts: { signatureAlgorithm: sequence(oid('1.2.840.10045.4.1')) }, why: 'ECDSA with SHA-1' },
    {
      parts: { signatureAlgorithm: sequence(oid('1.2.840.10045.4.3.2'), Buffer.from('0500', 'hex')) },
      why: 'ECDSA with a parameter',
    },
    { parts: { unsigned: [encode(0xa1, sequence())] }, why: 'attributes that nobody signed' },
    { parts: { signers: 0 }, why: 'no signer' },
    { parts: { signers: 2 }, why: 'two signers' },
    { parts: { time: '20260102030405.50Z' }, why: 'a fraction that is not the shortest' },
    { parts: { time: '20260102030405' }, why: 'a time without zone' },
    { parts: { time: '20261302030405Z' }, why: 'a thirteenth month' },
    { parts: { time: '260102030405Z', timeTag: 0x17 }, why: 'a year of two digits' },
  ])('refuses $why', async ({ parts }) => {
    expect((await thrownBy(() => parseTimestamp(timestamp(parts), 't'))).code).toBe('TIMESTAMP_INVALID');
  });
});
