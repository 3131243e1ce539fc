/**
 * Trusted roots, from bytes. Its rule: nobody is trusted since ever. An authority or log without a beginning of its
 * validity is a mistake of whoever wrote the file, and refuses the whole file. Beginning and end are included.
 *
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { TrustedRoot as TrustedRootMessage } from '@sigstore/protobuf-specs';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import { SquizzleError } from '@squizzle/core';
import { digestHex, digestOf, isContentError, parseJsonObject, type JsonObject } from '@squizzle/oci-spec';
import { rememberEncoding } from './remember-encoding.ts';
import { keepContents, type TrustContents } from './trust-contents.ts';
import type { TrustedRoot } from './trusted-root.ts';

const MAX_BYTES = 1024 * 1024;
const MEDIA_TYPES: ReadonlySet<unknown> = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]);

const LISTS = ['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'] as const;

type Authority = TrustedRootMessage['certificateAuthorities'][number];
type Log = TrustedRootMessage['tlogs'][number];

/**
 * @param origin where the bytes came from, for messages.
 * @throws {SquizzleError} `TRUST_ROOT_INVALID` for what is no trusted root, and for one with an authority or log whose
 *   validity has no beginning.
 */
export function parseTrustedRoot(bytes: Uint8Array, origin: string): TrustedRoot {
  const message = readMessage(readJson(bytes, origin), origin);
  const contents = readContents(message, origin);
  const root = Object.freeze({ digest: digestOf(bytes), origin }) as TrustedRoot;
  keepContents(root, contents);
  return root;
}

/**
 * As `parseTrustedRoot`, but only the one that was pinned.
 *
 * @param sha256 of the file, as hex.
 * @throws {SquizzleError} `TRUST_ROOT_INVALID`
 */
export function readPinnedRoot(bytes: Uint8Array, origin: string, sha256: string): TrustedRoot {
  const actual = digestHex(digestOf(bytes));
  if (actual !== sha256) {
    throw invalidRoot(
      origin,
      `its SHA-256 is ${actual} and ${sha256} was pinned: get the file that was pinned, or pin this one after looking at what changed`,
    );
  }
  return parseTrustedRoot(bytes, origin);
}

export function invalidRoot(origin: string, reason: string, options?: ErrorOptions): SquizzleError {
  return new SquizzleError('TRUST_ROOT_INVALID', `${origin}: ${reason}`, { root: origin, reason }, options);
}

function readJson(bytes: Uint8Array, origin: string): JsonObject {
  try {
    return parseJsonObject(bytes, { maxBytes: MAX_BYTES, what: 'trusted root' });
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    throw invalidRoot(origin, cause.message, { cause });
  }
}

function readMessage(json: JsonObject, origin: string): TrustedRootMessage {
  if (!MEDIA_TYPES.has(json['mediaType'])) throw invalidRoot(origin, 'its mediaType is not that of a trusted root');
  // The library takes anything else than a list for an empty one.
  const wrong = LISTS.find((name) => json[name] !== undefined && !Array.isArray(json[name]));
  if (wrong !== undefined) throw invalidRoot(origin, `its ${wrong} must be a list`);
  try {
    return TrustedRootMessage.fromJSON(json);
  } catch (cause) {
    throw invalidRoot(origin, 'it has a member of another type than a trusted root has', { cause });
  }
}

function readContents(message: TrustedRootMessage, origin: string): TrustContents {
  const { tlogs, ctlogs, certificateAuthorities, timestampAuthorities } = message;
  requireLogs(tlogs, 'transparency log', origin);
  requireLogs(ctlogs, 'certificate transparency log', origin);
  const chains = readChains(certificateAuthorities, 'certificate authority', origin);
  const timestampChains = readChains(timestampAuthorities, 'timestamp authority', origin);
  return { material: readMaterial(message, origin), authorities: chains.flat(), timestampChains };
}

function readMaterial(message: TrustedRootMessage, origin: string): TrustMaterial {
  try {
    const material = toTrustMaterial(message);
    const { certificateAuthorities, timestampAuthorities } = material;
    for (const { certChain } of [...certificateAuthorities, ...timestampAuthorities])
      certChain.forEach(rememberEncoding);
    return material;
  } catch (cause) {
    throw invalidRoot(origin, 'it has a key or certificate that cannot be read', { cause });
  }
}

function requireLogs(logs: readonly Log[], kind: string, origin: string): void {
  for (const [index, { baseUrl, publicKey, logId }] of logs.entries()) {
    const name = `${kind} ${index + 1} (${baseUrl})`;
    if (publicKey?.rawBytes === undefined || logId === undefined || logId.keyId.length < 4) {
      throw invalidRoot(origin, `${name} has no key or id`);
    }
    requirePeriod(publicKey.validFor, name, origin);
  }
}

function readChains(authorities: readonly Authority[], kind: string, origin: string): X509Certificate[][] {
  return authorities.map(({ uri, certChain, validFor }, index) => {
    const name = `${kind} ${index + 1} (${uri})`;
    requirePeriod(validFor, name, origin);
    if (certChain === undefined || certChain.certificates.length === 0)
      throw invalidRoot(origin, `${name} has no certificate`);
    return certChain.certificates.map(({ rawBytes }) => readCertificate(rawBytes, name, origin));
  });
}

function readCertificate(der: Buffer, name: string, origin: string): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw invalidRoot(origin, `${name} has a certificate that cannot be read`, { cause });
  }
}

function requirePeriod(period: Authority['validFor'], name: string, origin: string): void {
  const start = period?.start?.getTime();
  const end = period?.end?.getTime();
  if (start === undefined || Number.isNaN(start)) {
    throw invalidRoot(
      origin,
      `${name} has no beginning of its validity (validFor.start): nobody is trusted since ever`,
    );
  }
  if (end !== undefined && !(end >= start)) throw invalidRoot(origin, `the validity of ${name} ends before it begins`);
}
