/**
 * A timestamp authority: signs that a digest existed.
 *
 * Times are whole seconds. Readers of fractions differ, and DER forbids their trailing zeros, so a time with
 * milliseconds is refused by some one time in ten.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3161
 * @see https://www.rfc-editor.org/rfc/rfc5652
 * @module
 */
import { sign } from 'node:crypto';
import { createCertificateAuthority } from './certificate-authority.ts';
import {
  distinguishedName,
  ECDSA_WITH_SHA256,
  forSignatures,
  forTimestamps,
  issueCertificate,
  randomSerial,
} from './certificate.ts';
import { encode, explicit, generalizedTime, integer, octets, oid, sequence, set, utcTime } from './der.ts';
import type { TsaFault } from './faults.ts';
import { createP256KeyPair, sha256, type KeyPair } from './key-pair.ts';
import type { Routes } from './service-host.ts';
import { parseTimestampRequest, type TimestampRequest } from './timestamp-request.ts';

const YEAR_MS = 365 * 86_400_000;
const DAY_MS = 86_400_000;
const SHA256 = sequence(oid('2.16.840.1.101.3.4.2.1'));
const SIGNED_DATA = oid('1.2.840.113549.1.7.2');
const TIMESTAMP_INFO = oid('1.2.840.113549.1.9.16.1.4');
const SIGSTORE_POLICY = oid('1.3.6.1.4.1.57264.2');

export interface TimestampAuthority {
  /** DER: the certificate that signs, intermediate, root. */
  readonly chain: readonly Buffer[];
  readonly routes: Routes;
}

export interface TimestampAuthoritySurroundings {
  readonly notBefore: Date;
  readonly now: () => Date;
  readonly fault: () => TsaFault | undefined;
}

interface TimestampSigner {
  readonly keys: KeyPair;
  readonly certificate: Buffer;
  readonly issuer: Buffer;
  readonly serial: Buffer;
}

export function createTimestampAuthority(options: TimestampAuthoritySurroundings): TimestampAuthority {
  const { now, fault } = options;
  const authority = createCertificateAuthority('timestamps', options.notBefore);
  const keys = createP256KeyPair();
  const serial = randomSerial();
  const request = {
    subject: distinguishedName('squizzle.test', 'timestamps signing'),
    publicKey: keys.publicKey,
    notBefore: options.notBefore,
    notAfter: new Date(options.notBefore.getTime() + YEAR_MS),
    extensions: [forSignatures, forTimestamps],
    serial,
  };
  const certificate = issueCertificate(request, authority.issuer);
  const signer: TimestampSigner = { keys, certificate, issuer: authority.issuer.name, serial };
  const routes: Routes = {
    'POST /api/v1/timestamp': (asked) => {
      const parsed = parseTimestampRequest(asked);
      const at = new Date(now().getTime() - (fault() === 'stale' ? DAY_MS : 0));
      const stamped = fault() === 'wrong-imprint' ? { ...parsed, digest: sha256(parsed.digest) } : parsed;
      const headers = { 'content-type': 'application/timestamp-reply' };
      return { status: 201, headers, body: timestampResponse(stamped, at, signer) };
    },
  };
  return { chain: [certificate, ...authority.chain], routes };
}

function timestampResponse(request: TimestampRequest, at: Date, signer: TimestampSigner): Buffer {
  const granted = sequence(integer(0));
  const info = timestampInfo(request, at);
  const signedData = sequence(
    integer(3),
    set(SHA256),
    sequence(TIMESTAMP_INFO, explicit(0, octets(info))),
    ...(request.withCertificate ? [explicit(0, signer.certificate)] : []),
    set(signerInfo(info, at, signer)),
  );
  return sequence(granted, sequence(SIGNED_DATA, explicit(0, signedData)));
}

const timestampInfo = ({ algorithm, digest, nonce }: TimestampRequest, at: Date): Buffer =>
  sequence(
    integer(1),
    SIGSTORE_POLICY,
    sequence(algorithm, octets(digest)),
    integer(randomSerial()),
    generalizedTime(at),
    sequence(integer(1)),
    ...(nonce === null ? [] : [encode(0x02, nonce)]),
  );

function signerInfo(info: Buffer, at: Date, { keys, certificate, issuer, serial }: TimestampSigner): Buffer {
  const attributes = set(
    attribute('1.2.840.113549.1.9.3', TIMESTAMP_INFO),
    attribute('1.2.840.113549.1.9.5', utcTime(at)),
    attribute('1.2.840.113549.1.9.4', octets(sha256(info))),
    attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(sequence(octets(sha256(certificate)))))),
  );
  // Signed as a set, sent as [0].
  const sent = Buffer.from(attributes);
  sent[0] = 0xa0;
  const signature = octets(sign('sha256', attributes, keys.privateKey));
  return sequence(integer(1), sequence(issuer, integer(serial)), SHA256, sent, ECDSA_WITH_SHA256, signature);
}

const attribute = (id: string, value: Buffer): Buffer => sequence(oid(id), set(value));
