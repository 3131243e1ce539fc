/**
 * X.509 certificates as Fulcio and a timestamp authority have them, signed with ECDSA over SHA-256.
 *
 * Written here rather than with @sigstore/mock, whose CA knows no mail addresses and takes P-256 keys alone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280
 * @module
 */
import { createHash, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, explicit, implicit, integer, octets, oid, sequence, set, text, utcTime, yes } from './der.ts';
import { spkiOf, type KeyPair } from './key-pair.ts';

export const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const VERSION_3 = explicit(0, integer(2));

/** Whoever signs certificates; `name` is the DER of its subject. */
export interface Issuer {
  readonly name: Buffer;
  readonly keys: KeyPair;
}

export interface CertificateRequest {
  /** DER of the subject. */
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER, as `extension` makes them; the two key identifiers are added. */
  readonly extensions: readonly Buffer[];
  /** Of sixteen random bytes, if it is left out. */
  readonly serial?: Buffer;
}

export type SubjectAltName =
  { readonly kind: 'uri'; readonly value: string } | { readonly kind: 'email'; readonly value: string };

export const randomSerial = (): Buffer => Buffer.concat([Uint8Array.of(0x11), randomBytes(15)]);

export const distinguishedName = (organization: string, commonName: string): Buffer =>
  sequence(set(sequence(oid('2.5.4.10'), text(organization))), set(sequence(oid('2.5.4.3'), text(commonName))));
/** Certificates of Fulcio have no subject; the subject alternative name stands for it. */
export const NO_NAME = sequence();

export const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [yes] : []), octets(value));

const DIGITAL_SIGNATURE = bits(Uint8Array.of(0x80), 7);
const CERTIFICATE_AND_CRL_SIGN = bits(Uint8Array.of(0x06), 1);
export const forSignatures = extension('2.5.29.15', DIGITAL_SIGNATURE, true);
export const forCertificates: readonly Buffer[] = [
  extension('2.5.29.15', CERTIFICATE_AND_CRL_SIGN, true),
  extension('2.5.29.19', sequence(yes), true),
];
export const forCodeSigning = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.3')));
export const forTimestamps = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.8')), true);

export const subjectAltName = (name: SubjectAltName): Buffer =>
  extension('2.5.29.17', sequence(implicit(name.kind === 'email' ? 1 : 6, Buffer.from(name.value))), true);

/** @returns the certificate without its signature: what a certificate transparency log signs. */
export function toBeSigned(request: CertificateRequest, issuer: Issuer): Buffer {
  const identifiers = [
    extension('2.5.29.14', octets(keyIdentifier(request.publicKey))),
    extension('2.5.29.35', sequence(implicit(0, keyIdentifier(issuer.keys.publicKey)))),
  ];
  return sequence(
    VERSION_3,
    integer(request.serial ?? randomSerial()),
    ECDSA_WITH_SHA256,
    issuer.name,
    sequence(utcTime(request.notBefore), utcTime(request.notAfter)),
    request.subject,
    spkiOf(request.publicKey),
    explicit(3, sequence(...identifiers, ...request.extensions)),
  );
}

export function issueCertificate(request: CertificateRequest, issuer: Issuer): Buffer {
  const tbs = toBeSigned(request, issuer);
  return sequence(tbs, ECDSA_WITH_SHA256, bits(sign('sha256', tbs, issuer.keys.privateKey)));
}

export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const keyIdentifier = (key: KeyObject): Buffer => createHash('sha1').update(spkiOf(key)).digest();
