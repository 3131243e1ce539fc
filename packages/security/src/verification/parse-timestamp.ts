/**
 * RFC 3161 timestamps, strictly. Its rule: what the authority did not sign is either compared with what it did, or must
 * be absent, so that no byte of a timestamp can be changed unnoticed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2
 * @see https://www.rfc-editor.org/rfc/rfc5652#section-5
 * @module
 */
import { refuseWith, type Refuse } from '../bundle/bundle-fault.ts';
import { DER_TAG, readDer, readDerItems, readDerList, readOid, requireTag, type DerElement } from './der.ts';
import type { HashName } from './signed-content.ts';
import { equalBytes, hashBytes } from './verify-signature.ts';

export interface Timestamp {
  /** For messages: `timestamp 1`. */
  readonly name: string;
  readonly time: Date;
  readonly imprint: { readonly hash: HashName; readonly digest: Buffer };
  /** The authority's certificate, by the content of its issuer's name and of its serial number. */
  readonly signer: { readonly issuer: Buffer; readonly serialNumber: Buffer };
  /** Those that the timestamp brings along. */
  readonly certificates: readonly Buffer[];
  /** The bytes that were signed: a digest of `info` is in them. */
  readonly signedAttributes: Buffer;
  readonly signatureHash: HashName | null;
  readonly signature: Buffer;
}

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  info: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
} as const;

/** Algorithm identifiers, whole and as hex: with and without the parameter NULL. */
const DIGESTS: ReadonlyMap<string, HashName> = new Map(
  (['sha256', 'sha384', 'sha512'] as const).flatMap((hash, index) => {
    const oid = `06096086480165030402${(index + 1).toString(16).padStart(2, '0')}`;
    return [[`300b${oid}`, hash] as const, [`300d${oid}0500`, hash] as const];
  }),
);

/** ECDSA and Ed25519 have no parameters. `of-digest`: plain RSA, with the hash that the content has; `null`: its own. */
const SIGNATURES: ReadonlyMap<string, HashName | 'of-digest' | null> = new Map<string, HashName | 'of-digest' | null>([
  ['300a06082a8648ce3d040302', 'sha256'],
  ['300a06082a8648ce3d040303', 'sha384'],
  ['300a06082a8648ce3d040304', 'sha512'],
  ['300d06092a864886f70d0101010500', 'of-digest'],
  ['300d06092a864886f70d01010b0500', 'sha256'],
  ['300d06092a864886f70d01010c0500', 'sha384'],
  ['300d06092a864886f70d01010d0500', 'sha512'],
  ['300506032b6570', null],
]);

/** Context-specific and constructed. */
const FIELD_0 = 0xa0;
const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z$/;

/** @throws {SquizzleError} `TIMESTAMP_INVALID` */
export function parseTimestamp(der: Buffer, name: string): Timestamp {
  const refuse = refuseWith('TIMESTAMP_INVALID', name);
  const [status, token, ...rest] = readDerItems(readDer(der, DER_TAG.sequence, refuse).content, refuse);
  if (rest.length > 0) refuse('it has something after the token');
  // PKIStatusInfo: granted, and nothing to say about it.
  if (status?.raw.toString('hex') !== '3003020100') refuse('the authority did not grant it as it was asked for');
  return { name, ...parseSignedData(readTagged(token, OID.signedData, refuse), refuse) };
}

/** The only item of the `[0]` beside an OID, which must be this. */
function readTagged(element: DerElement | undefined, oid: string, refuse: Refuse): DerElement {
  const [type, value, ...rest] = readDerList(element, DER_TAG.sequence, refuse);
  if (readOid(type, refuse) !== oid || rest.length > 0) refuse(`it must have content of type ${oid}`);
  const [content, ...more] = readDerList(value, FIELD_0, refuse);
  return content === undefined || more.length > 0 ? refuse('it must have one content') : content;
}

function parseSignedData(element: DerElement, refuse: Refuse): Omit<Timestamp, 'name'> {
  const [version, algorithms, content, ...rest] = readDerList(element, DER_TAG.sequence, refuse);
  requireInteger(version, 3, 'its version', refuse);
  const embedded = rest[0]?.tag === FIELD_0 ? rest.shift() : undefined;
  const [signers, ...more] = rest;
  if (more.length > 0) refuse('it has more than certificates and a signer');
  const infoBytes = requireTag(readTagged(content, OID.info, refuse), DER_TAG.octetString, refuse).content;
  const [signer, ...others] = readDerList(signers, DER_TAG.set, refuse);
  if (signer === undefined || others.length > 0) refuse('it must have exactly one signer');
  const signed = parseSignerInfo(signer, refuse);
  // What is signed says this of itself; the list before it is for those who read in one pass.
  if (!requireTag(algorithms, DER_TAG.set, refuse).content.equals(signed.digestAlgorithm)) {
    refuse('it names other digests than that of its signer');
  }
  if (!equalBytes(hashBytes(signed.hash, infoBytes), signed.messageDigest))
    refuse('its content is not what was signed');
  const certificates = embedded === undefined ? [] : readDerItems(embedded.content, refuse).map(({ raw }) => raw);
  const { signer: id, signedAttributes, signatureHash, signature } = signed;
  return { ...parseInfo(infoBytes, refuse), certificates, signer: id, signedAttributes, signatureHash, signature };
}

interface SignerInfo extends Pick<Timestamp, 'signer' | 'signedAttributes' | 'signatureHash' | 'signature'> {
  readonly hash: HashName;
  readonly digestAlgorithm: Buffer;
  readonly messageDigest: Buffer;
}

function parseSignerInfo(element: DerElement | undefined, refuse: Refuse): SignerInfo {
  const items = readDerList(element, DER_TAG.sequence, refuse);
  const [version, id, digestAlgorithm, attributes, signatureAlgorithm, signature, ...rest] = items;
  requireInteger(version, 1, "its signer's version", refuse);
  if (rest.length > 0) refuse('it has attributes that are not signed');
  const [issuer, serialNumber, ...more] = readDerList(id, DER_TAG.sequence, refuse);
  if (more.length > 0) refuse('it names its signer by more than issuer and serial number');
  const hash = readDigestAlgorithm(digestAlgorithm, refuse);
  const kind = SIGNATURES.get(signatureAlgorithm?.raw.toString('hex') ?? '');
  if (kind === undefined) return refuse('it was signed in a way that is not known here');
  const attributeBytes = requireTag(attributes, FIELD_0, refuse);
  return {
    hash,
    digestAlgorithm: requireTag(digestAlgorithm, DER_TAG.sequence, refuse).raw,
    messageDigest: readMessageDigest(attributeBytes, refuse),
    signer: {
      issuer: requireTag(issuer, DER_TAG.sequence, refuse).content,
      serialNumber: requireTag(serialNumber, DER_TAG.integer, refuse).content,
    },
    // Signed as a SET (RFC 5652 section 5.4), whose tag is another.
    signedAttributes: Buffer.concat([Buffer.of(DER_TAG.set), attributeBytes.raw.subarray(1)]),
    signatureHash: kind === 'of-digest' ? hash : kind,
    signature: requireTag(signature, DER_TAG.octetString, refuse).content,
  };
}

function readMessageDigest(attributes: DerElement, refuse: Refuse): Buffer {
  const values = new Map<string, DerElement>();
  for (const attribute of readDerItems(attributes.content, refuse)) {
    const [type, set] = readDerList(attribute, DER_TAG.sequence, refuse);
    const oid = readOid(type, refuse);
    const [value] = readDerList(set, DER_TAG.set, refuse);
    if (value === undefined || values.has(oid)) refuse(`it has the signed attribute ${oid} twice, or empty`);
    else values.set(oid, value);
  }
  if (readOid(values.get(OID.contentType), refuse) !== OID.info) refuse('what was signed is no timestamp');
  return requireTag(values.get(OID.messageDigest), DER_TAG.octetString, refuse).content;
}

/** TSTInfo. What follows the time is the authority's business: accuracy, ordering, nonce, its name. */
function parseInfo(bytes: Buffer, refuse: Refuse): Pick<Timestamp, 'time' | 'imprint'> {
  const [version, policy, imprint, serial, time] = readDerList(
    readDer(bytes, DER_TAG.sequence, refuse),
    DER_TAG.sequence,
    refuse,
  );
  requireInteger(version, 1, 'the version of its content', refuse);
  readOid(policy, refuse);
  requireTag(serial, DER_TAG.integer, refuse);
  const [algorithm, digest] = readDerList(imprint, DER_TAG.sequence, refuse);
  return {
    time: readTime(requireTag(time, DER_TAG.generalizedTime, refuse), refuse),
    imprint: {
      hash: readDigestAlgorithm(algorithm, refuse),
      digest: requireTag(digest, DER_TAG.octetString, refuse).content,
    },
  };
}

function readTime({ content }: DerElement, refuse: Refuse): Date {
  const [, year, month, day, hour, minute, second, fraction = ''] = TIME.exec(content.toString('latin1')) ?? [];
  if (year === undefined) return refuse('its time is not written as DER has it');
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? refuse('its time is none') : time;
}

function readDigestAlgorithm(element: DerElement | undefined, refuse: Refuse): HashName {
  return DIGESTS.get(element?.raw.toString('hex') ?? '') ?? refuse('it has a digest that is not SHA-2');
}

function requireInteger(element: DerElement | undefined, value: number, what: string, refuse: Refuse): void {
  const { content } = requireTag(element, DER_TAG.integer, refuse);
  if (content.length !== 1 || content[0] !== value) refuse(`${what} must be ${value}`);
}
