/**
 * The library's verifier over what was already checked here: chains of certificates at the trusted times, certificate
 * transparency, Merkle proofs, and all the rest a second time. Its policy is not used, and neither are its messages.
 *
 * @module
 */
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier, type SignedEntity, type TrustMaterial } from '@sigstore/verify';
import type { KeyObject } from 'node:crypto';
import { isSquizzleError } from '@squizzle/core';
import { bundleFault, type BundleFaultCode } from '../bundle/bundle-fault.ts';
import type { ParsedBundle } from '../bundle/parsed-bundle.ts';
import { rememberEncoding } from '../trusted-root/remember-encoding.ts';
import type { Timestamp } from './parse-timestamp.ts';
import type { HashName, SignedContent } from './signed-content.ts';
import { toLibraryTimestamp } from './timestamp-evidence.ts';
import type { EvidenceThresholds } from './verified-bundle.ts';

export interface LibraryInput {
  readonly bundle: ParsedBundle;
  readonly content: SignedContent;
  /** Those that were checked here; without a root there are none. */
  readonly timestamps: readonly Timestamp[];
  readonly material: TrustMaterial;
  /** The signature was found to be of this key. */
  readonly publicKey: KeyObject;
  readonly thresholds: EvidenceThresholds;
}

/** By the library's codes, which alone are documented. Both of its lines have these. */
const CODES: ReadonlyMap<unknown, readonly [BundleFaultCode, string]> = new Map([
  ['TLOG_ERROR', ['LOG_ENTRY_INVALID', 'the entries of transparency logs do not suffice']],
  ['TLOG_BODY_ERROR', ['LOG_ENTRY_INVALID', 'a log entry is not about this signature']],
  ['TLOG_INCLUSION_PROOF_ERROR', ['LOG_ENTRY_INVALID', "a log entry's proof does not lead to its checkpoint"]],
  ['TLOG_INCLUSION_PROMISE_ERROR', ['LOG_ENTRY_INVALID', "a log entry's promise is not sound"]],
  ['TLOG_MISSING_INCLUSION_ERROR', ['LOG_ENTRY_INVALID', 'a log entry has neither proof nor promise']],
  [
    'CERTIFICATE_ERROR',
    [
      'CERTIFICATE_INVALID',
      'the certificate was not valid when the signature was made, or lacks a sound proof of certificate transparency',
    ],
  ],
  ['PUBLIC_KEY_ERROR', ['KEY_EXPIRED', 'the key was not trusted when the signature was made']],
  ['SIGNATURE_ERROR', ['SIGNATURE_INVALID', 'the signature does not fit what it is said to sign']],
  ['TIMESTAMP_ERROR', ['TIMESTAMP_INVALID', "a timestamp's authority had no valid certificate at its time"]],
] as const);

/** The newer line asks for one thing more. */
type LibraryContent = SignedEntity['signature'] & { compareSignedDigest(digest: Buffer): boolean };

const HASH_BY_SIZE: ReadonlyMap<number, HashName> = new Map([
  [32, 'sha256'],
  [48, 'sha384'],
  [64, 'sha512'],
]);

/** @throws {SquizzleError} as `CODES` has it; `BUNDLE_INVALID` for whatever else the library fails with. */
export function verifyWithLibrary(input: LibraryInput): void {
  const { material, publicKey, thresholds } = input;
  // When the key is trusted was checked here, where there is a clock as well.
  const trusted: TrustMaterial = { ...material, publicKey: () => ({ publicKey, validFor: () => true }) };
  try {
    const verifier = new Verifier(trusted, {
      tlogThreshold: thresholds.logEntries,
      timestampThreshold: thresholds.timestamps,
      ctlogThreshold: thresholds.scts,
    });
    verifier.verify(toEntity(input));
  } catch (cause) {
    if (isSquizzleError(cause)) throw cause;
    throw toFault(cause);
  }
}

function toEntity({ bundle, content, timestamps, publicKey }: LibraryInput): SignedEntity {
  const message = bundleFromJSON(bundle.json);
  const { verificationMaterial } = message;
  // Timestamps were parsed here; a proof without checkpoint, which version 0.1 allows, is one that the library fails at.
  verificationMaterial.timestampVerificationData = undefined;
  for (const [index, entry] of verificationMaterial.tlogEntries.entries()) {
    if (bundle.logEntries[index]?.proof === null) entry.inclusionProof = undefined;
  }
  const entity = toSignedEntity(message);
  if (entity.key.$case === 'certificate') rememberEncoding(entity.key.certificate);
  const all = [...entity.timestamps, ...timestamps.map(toLibraryForm)];
  // Two of one second by one authority are no fault, but the library takes them for one.
  const distinct = new Map(all.map((timestamp) => [identify(timestamp), timestamp]));
  return { ...entity, signature: toLibraryContent(content, publicKey), timestamps: [...distinct.values()] };
}

type LibraryTime = SignedEntity['timestamps'][number];

function toLibraryForm(timestamp: Timestamp): LibraryTime {
  return { $case: 'timestamp-authority', timestamp: toLibraryTimestamp(timestamp) };
}

function identify(time: LibraryTime): string {
  if (time.$case === 'transparency-log') {
    const { logId, integratedTime } = time.tlogEntry;
    return `log ${logId.keyId.toString('hex')} ${integratedTime}`;
  }
  const { signerIssuer, signerSerialNumber, signingTime } = time.timestamp;
  return `authority ${signerIssuer.toString('hex')} ${signerSerialNumber.toString('hex')} ${signingTime.getTime()}`;
}

/**
 * The library's lines ask for the digest of a `hashedrekord` in two ways, and the older one asks for that of the payload
 * in the same way. Which of the two an entry must have was checked in `log-body.ts`.
 */
function toLibraryContent(content: SignedContent, publicKey: KeyObject): LibraryContent {
  const compareDigest = (digest: Buffer): boolean => {
    const hash = HASH_BY_SIZE.get(digest.length);
    return hash !== undefined && (content.isSignedDigest(hash, digest) || content.isPayloadDigest(hash, digest));
  };
  return {
    signature: content.signature,
    compareSignature: (signature) => signature.equals(content.signature),
    compareDigest,
    compareSignedDigest: compareDigest,
    verifySignature: (key) => key.equals(publicKey),
  };
}

function toFault(cause: unknown): Error {
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const [own, reason] =
    CODES.get(code) ?? (['BUNDLE_INVALID', 'the library that verifies bundles failed at it'] as const);
  return bundleFault(own, reason, { cause });
}
