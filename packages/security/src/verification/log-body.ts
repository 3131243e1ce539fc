/**
 * What an entry of a transparency log says was signed. Its rule: signature, digest and signer must all be those of the
 * bundle; the library compares the first two.
 *
 * @see https://github.com/sigstore/rekor/blob/main/types.md
 * @see https://github.com/sigstore/rekor-tiles/blob/main/docs/rekor-v2-spec.md
 * @module
 */
import { isContentError, parseJsonObject } from '@squizzle/oci-spec';
import { refuseWith, type Refuse } from '../bundle/bundle-fault.ts';
import { hasFewTexts } from '../bundle/count-texts.ts';
import type { LogEntry } from '../bundle/parsed-bundle.ts';
import type { HashName, SignedContent } from './signed-content.ts';
import { equalBytes } from './verify-signature.ts';

interface LoggedSignature {
  /** `signed`: over all that the signature is over; `payload`: over the payload of an envelope. */
  readonly over: 'signed' | 'payload';
  readonly hash: HashName;
  readonly digest: Buffer;
  readonly signature: Buffer;
  /** DER of the certificate or public key. */
  readonly signer: Buffer;
}

type ReadBody = (spec: unknown, refuse: Refuse) => LoggedSignature;

/** Rekor 1 writes version 0.0.1, and 0.0.2 of `intoto`; Rekor 2 writes 0.0.2 of the others. */
const READERS: ReadonlyMap<string, ReadBody> = new Map([
  ['hashedrekord 0.0.1', readHashedRekordV1],
  ['hashedrekord 0.0.2', readHashedRekordV2],
  ['dsse 0.0.1', readEnvelopeV1],
  ['dsse 0.0.2', readEnvelopeV2],
  ['intoto 0.0.2', readIntoto],
]);

const HASHES: ReadonlyMap<unknown, HashName> = new Map([
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
]);

/** Names and values: those that are known here have thirty. */
const MAX_TEXTS = 256;

const PEM = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\r?\n?$/;

/**
 * @param signer DER of the certificate or public key that the bundle is of.
 * @throws {SquizzleError} `LOG_ENTRY_INVALID`
 */
export function requireBody({ name, kind, version, body }: LogEntry, content: SignedContent, signer: Buffer): void {
  const refuse = refuseWith('LOG_ENTRY_INVALID', name);
  const json = parseBody(body, refuse);
  if (json['kind'] !== kind || json['apiVersion'] !== version) refuse('its body is of another kind than it says');
  const read = READERS.get(`${kind} ${version}`);
  if (read === undefined) return refuse(`entries of kind ${kind} ${version} are not known here`);
  const logged = read(json['spec'], refuse);
  if (logged.over === 'payload' && content.kind === 'message')
    refuse('it is about an envelope and the bundle has none');
  if (!equalBytes(logged.signature, content.signature)) refuse('it is about another signature');
  const isDigest = logged.over === 'signed' ? content.isSignedDigest : content.isPayloadDigest;
  if (!isDigest(logged.hash, logged.digest)) refuse('it is about something else than what was signed');
  if (!equalBytes(logged.signer, signer)) refuse('it is about the signature of somebody else');
}

function parseBody(body: Buffer, refuse: Refuse): Readonly<Record<string, unknown>> {
  if (!hasFewTexts(body, MAX_TEXTS)) refuse('its body has more in it than an entry of a log');
  try {
    return parseJsonObject(body, { maxBytes: body.length, what: 'its body' });
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    return refuse(cause.message, { cause });
  }
}

function readHashedRekordV1(spec: unknown, refuse: Refuse): LoggedSignature {
  return {
    over: 'signed',
    ...hexDigestAt(spec, ['data', 'hash'], refuse),
    signature: base64At(spec, ['signature', 'content'], refuse),
    signer: pemAt(spec, ['signature', 'publicKey', 'content'], refuse),
  };
}

function readHashedRekordV2(spec: unknown, refuse: Refuse): LoggedSignature {
  const entry = valueAt(spec, ['hashedRekordV002']);
  return {
    over: 'signed',
    ...base64DigestAt(entry, ['data'], refuse),
    signature: base64At(entry, ['signature', 'content'], refuse),
    signer: verifierAt(entry, ['signature', 'verifier'], refuse),
  };
}

function readEnvelopeV1(spec: unknown, refuse: Refuse): LoggedSignature {
  const signature = onlyAt(spec, ['signatures'], refuse);
  return {
    over: 'payload',
    ...hexDigestAt(spec, ['payloadHash'], refuse),
    signature: base64At(signature, ['signature'], refuse),
    signer: pemAt(signature, ['verifier'], refuse),
  };
}

function readEnvelopeV2(spec: unknown, refuse: Refuse): LoggedSignature {
  const entry = valueAt(spec, ['dsseV002']);
  const signature = onlyAt(entry, ['signatures'], refuse);
  return {
    over: 'payload',
    ...base64DigestAt(entry, ['payloadHash'], refuse),
    signature: base64At(signature, ['content'], refuse),
    signer: verifierAt(signature, ['verifier'], refuse),
  };
}

/** The signature is in base64 twice. */
function readIntoto(spec: unknown, refuse: Refuse): LoggedSignature {
  const signature = onlyAt(spec, ['content', 'envelope', 'signatures'], refuse);
  return {
    over: 'payload',
    ...hexDigestAt(spec, ['content', 'payloadHash'], refuse),
    signature: decodeBase64(base64At(signature, ['sig'], refuse).toString('latin1'), refuse),
    signer: pemAt(signature, ['publicKey'], refuse),
  };
}

type Path = readonly string[];

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}

function onlyAt(value: unknown, path: Path, refuse: Refuse): unknown {
  const items = valueAt(value, path);
  return Array.isArray(items) && items.length === 1 ? items[0] : refuse('it must be about exactly one signature');
}

function hexDigestAt(value: unknown, path: Path, refuse: Refuse): Pick<LoggedSignature, 'hash' | 'digest'> {
  const hex = valueAt(value, [...path, 'value']);
  if (typeof hex !== 'string' || !/^(?:[0-9a-f]{2})+$/.test(hex)) return refuse('it has no digest in hexadecimal');
  return { hash: hashAt(value, path, refuse), digest: Buffer.from(hex, 'hex') };
}

function base64DigestAt(value: unknown, path: Path, refuse: Refuse): Pick<LoggedSignature, 'hash' | 'digest'> {
  return { hash: hashAt(value, path, refuse), digest: base64At(value, [...path, 'digest'], refuse) };
}

function hashAt(value: unknown, path: Path, refuse: Refuse): HashName {
  return (
    HASHES.get(valueAt(value, [...path, 'algorithm'])) ?? refuse('it has a digest of a kind that is not known here')
  );
}

function verifierAt(value: unknown, path: Path, refuse: Refuse): Buffer {
  const verifier = valueAt(value, path);
  const isCertificate = valueAt(verifier, ['x509Certificate']) !== undefined;
  return base64At(verifier, [isCertificate ? 'x509Certificate' : 'publicKey', 'rawBytes'], refuse);
}

function pemAt(value: unknown, path: Path, refuse: Refuse): Buffer {
  const pem = base64At(value, path, refuse).toString('latin1');
  const [, , body] = PEM.exec(pem) ?? [];
  if (body === undefined) return refuse('it has no certificate or public key as PEM');
  return decodeBase64(body.replace(/[\r\n]/g, ''), refuse);
}

function base64At(value: unknown, path: Path, refuse: Refuse): Buffer {
  const text = valueAt(value, path);
  return typeof text === 'string' ? decodeBase64(text, refuse) : refuse(`it has no ${path.join('.')}`);
}

function decodeBase64(text: string, refuse: Refuse): Buffer {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : refuse('it has something that is no base64');
}
