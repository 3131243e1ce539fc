/**
 * Whether a policy is the one that was agreed upon: its digest is pinned, or signed.
 *
 * What is signed is the policy's own digest, so roots and keys that it names are signed with it.
 *
 * @module
 */
import { isSquizzleError, SquizzleError, type CallOptions } from '@squizzle/core';
import { digestHex, type Digest } from '@squizzle/oci-spec';
import type { SignedBundle, StatementSigner } from '../signing/statement-signer.ts';
import { createStatement } from '../statements/create-statement.ts';
import { toTime } from '../statements/predicate-input.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import type { TrustedSigner } from '../verification/trusted-signer.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import { verifyBundle, type VerifyBundleOptions } from '../verification/verify-bundle.ts';
import { showValue } from './foreign-text.ts';
import type { TrustPolicyDocument } from './trust-policy.ts';

type Signable = Pick<TrustPolicyDocument, 'file' | 'digest' | 'expires'>;

/** @throws {SquizzleError} what the signer throws. */
export async function signTrustPolicy(
  { file, digest, expires }: Signable,
  signer: StatementSigner,
  options: CallOptions = {},
): Promise<SignedBundle> {
  const predicate = { expires: expires === null ? null : toTime(expires) };
  return signer.sign(createStatement({ name: file, digest }, PREDICATE_TYPES.trustPolicy, predicate), options);
}

/**
 * Verifies that the signer signed this policy.
 *
 * @param bundle the JSON that `signTrustPolicy` made.
 * @returns who signed, and when.
 * @throws {SquizzleError} `POLICY_CHANGED` when it is about another policy, is of somebody else, or is not sound: the
 *   cause says which part is at fault.
 */
export function verifyPolicySignature(
  { file, digest }: Signable,
  bundle: string,
  trusted: TrustedSigner,
  options: VerifyBundleOptions,
): VerifiedBundle {
  const verified = verify(file, digest, bundle, trusted, options);
  const type = verified.statement?.predicateType ?? null;
  if (type === PREDICATE_TYPES.trustPolicy) return verified;
  throw policyChanged(file, digest, null, `its signature is no signature of a policy: its type is ${showValue(type)}`);
}

function verify(
  file: string,
  digest: Digest,
  bundle: string,
  trusted: TrustedSigner,
  options: VerifyBundleOptions,
): VerifiedBundle {
  try {
    return verifyBundle(bundle, { sha256: digestHex(digest) }, trusted, options);
  } catch (cause) {
    if (!isSquizzleError(cause) || isSquizzleError(cause, 'TRUST_ROOT_INVALID')) throw cause;
    throw policyChanged(file, digest, null, `${cause.code}: ${cause.message}`, { cause });
  }
}

/**
 * @param pin the digest that was agreed upon, as `sha256:…`.
 * @throws {SquizzleError} `POLICY_CHANGED` when the policy has another.
 */
export function requirePolicyDigest({ file, digest }: Pick<Signable, 'file' | 'digest'>, pin: Digest): void {
  if (digest === pin) return;
  throw policyChanged(file, digest, pin, `its digest is ${digest}, and ${pin} was pinned`);
}

function policyChanged(
  file: string,
  actual: Digest,
  expected: Digest | null,
  reason: string,
  options?: ErrorOptions,
): SquizzleError<'POLICY_CHANGED'> {
  const advice = 'if the change was meant, pin or sign the policy anew; if not, find out who changed it';
  const message = `the trust policy ${file} is not the one that was agreed upon: ${reason}; ${advice}`;
  return new SquizzleError('POLICY_CHANGED', message, { file, expected, actual, reason }, options);
}
