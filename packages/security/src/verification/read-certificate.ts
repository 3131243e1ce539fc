/**
 * The certificate of a signer: whom it names, and what it may be used for. Only a certificate that an authority of the
 * root signed is read: the rest of this file may take its shape for granted, and does not.
 *
 * @see https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 * @module
 */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { refuseWith, type Refuse } from '../bundle/bundle-fault.ts';
import { DER_TAG, readDer, readDerItems, readDerList, readOid, readUtf8, requireTag, type DerElement } from './der.ts';
import { CLAIM_OIDS, type Claims } from './trusted-signer.ts';

export interface CertificateIdentity {
  readonly issuer: string;
  readonly san: string;
  readonly claims: Claims;
}

export interface SignerCertificate {
  readonly der: Buffer;
  readonly publicKey: KeyObject;
  readonly identity: CertificateIdentity;
}

const FULCIO = '1.3.6.1.4.1.57264.1';
const OID = {
  san: '2.5.29.17',
  /** Before version 2 of the extensions: the text itself, without DER around it. */
  issuerV1: `${FULCIO}.1`,
  issuer: `${FULCIO}.8`,
  otherName: `${FULCIO}.7`,
  codeSigning: '1.3.6.1.5.5.7.3.3',
} as const;
/** Key usage, subject alternative name, basic constraints, extended key usage: what we know of, so that it may be critical. */
const KNOWN_CRITICAL: ReadonlySet<string> = new Set(['2.5.29.15', OID.san, '2.5.29.19', '2.5.29.37']);
const MAX_SAN_BYTES = 4096;
/** Context-specific tags of the GeneralName that Fulcio writes. */
const NAME_TAG = { other: 0xa0, email: 0x81, uri: 0x86 } as const;
const EXTENSIONS_TAG = 0xa3;

const refuse: Refuse = refuseWith('CERTIFICATE_INVALID', 'certificate');

/**
 * @param authorities of the root. Whether they were trusted when the signature was made is not looked at here.
 * @throws {SquizzleError} `CERTIFICATE_INVALID`
 */
export function readCertificate(der: Buffer, authorities: readonly X509Certificate[]): SignerCertificate {
  const certificate = parseCertificate(der);
  if (!authorities.some((authority) => isIssuedBy(certificate, authority))) {
    refuse('no certificate authority of the trusted root signed it');
  }
  if (certificate.ca) refuse('it is that of an authority and not of a signer');
  if (!(certificate.keyUsage ?? []).includes(OID.codeSigning)) refuse('it is not for the signing of code');
  return { der, publicKey: certificate.publicKey, identity: readIdentity(readExtensions(der)) };
}

/**
 * What a bundle brings beside the signer's certificate must be known to the root, and be no root itself.
 *
 * @throws {SquizzleError} `CERTIFICATE_INVALID`
 */
export function requireKnownChain(others: readonly Buffer[], authorities: readonly X509Certificate[]): void {
  for (const der of others) {
    const certificate = parseCertificate(der);
    if (certificate.checkIssued(certificate)) refuse("the chain has a root, which is the verifier's to choose");
    if (!authorities.some(({ raw }) => raw.equals(der))) {
      refuse('the chain has a certificate that the trusted root does not have');
    }
  }
}

function parseCertificate(der: Buffer): X509Certificate {
  try {
    const certificate = new X509Certificate(der);
    // OpenSSL reads some encodings that are not DER, and writes DER.
    if (certificate.raw.equals(der)) return certificate;
  } catch (cause) {
    return refuse('it cannot be read', { cause });
  }
  return refuse('it is not encoded as DER');
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}

/** By OID. */
function readExtensions(der: Buffer): ReadonlyMap<string, Buffer> {
  const [body] = readDerList(readDer(der, DER_TAG.sequence, refuse), DER_TAG.sequence, refuse);
  const field = readDerList(body, DER_TAG.sequence, refuse).find(({ tag }) => tag === EXTENSIONS_TAG);
  const list = readDer(requireTag(field, EXTENSIONS_TAG, refuse).content, DER_TAG.sequence, refuse);
  const extensions = new Map<string, Buffer>();
  for (const element of readDerItems(list.content, refuse)) {
    const items = readDerList(element, DER_TAG.sequence, refuse);
    const oid = readOid(items[0], refuse);
    const critical = items.length === 3 && isTrue(items[1]);
    if (critical && !KNOWN_CRITICAL.has(oid)) refuse(`it has the critical extension ${oid}, which means nothing here`);
    if (extensions.has(oid)) refuse(`it has the extension ${oid} twice`);
    extensions.set(oid, requireTag(items.at(-1), DER_TAG.octetString, refuse).content);
  }
  return extensions;
}

function isTrue(element: DerElement | undefined): boolean {
  return requireTag(element, DER_TAG.boolean, refuse).content[0] !== 0;
}

function readIdentity(extensions: ReadonlyMap<string, Buffer>): CertificateIdentity {
  const claims = Object.entries(CLAIM_OIDS).flatMap(([name, number]) => {
    const value = extensions.get(`${FULCIO}.${number}`);
    return value === undefined ? [] : [[name, readText(value)] as const];
  });
  return { issuer: readIssuer(extensions), san: readSan(extensions.get(OID.san)), claims: Object.fromEntries(claims) };
}

function readIssuer(extensions: ReadonlyMap<string, Buffer>): string {
  const current = extensions.get(OID.issuer);
  const older = extensions.get(OID.issuerV1);
  const texts = [
    ...(current === undefined ? [] : [readText(current)]),
    ...(older === undefined ? [] : [readUtf8(older, refuse)]),
  ];
  const [issuer] = texts;
  if (issuer === undefined || issuer === '') return refuse('it does not name the issuer of the identity');
  return texts.every((text) => text === issuer) ? issuer : refuse('it names two issuers of the identity');
}

/** Exactly one name: of two, a policy would have to say which counts. */
function readSan(extension: Buffer | undefined): string {
  if (extension === undefined) return refuse('it has no subject alternative name');
  if (extension.length > MAX_SAN_BYTES) refuse('its subject alternative name is too long');
  const names = readDerItems(readDer(extension, DER_TAG.sequence, refuse).content, refuse);
  const [name] = names;
  if (name === undefined || names.length > 1)
    return refuse(`it has ${names.length} subject alternative names and must have one`);
  const san = readName(name);
  return san === '' ? refuse('its subject alternative name is empty') : san;
}

function readName(name: DerElement): string {
  if (name.tag === NAME_TAG.uri || name.tag === NAME_TAG.email) {
    return /^[!-~]+$/.test(name.content.toString('latin1'))
      ? name.content.toString('latin1')
      : refuse('its subject alternative name has characters that no address has');
  }
  const [type, value] = readDerList(name, NAME_TAG.other, refuse);
  if (readOid(type, refuse) !== OID.otherName)
    refuse('its subject alternative name is of a kind that Fulcio does not write');
  return readText(requireTag(value, 0xa0, refuse).content);
}

/** DER with a UTF8String in it. */
function readText(der: Buffer): string {
  return readUtf8(readDer(der, DER_TAG.utf8String, refuse).content, refuse);
}
