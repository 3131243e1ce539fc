/**
 * What is thrown for one signature that counts for nothing.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

/** The codes that say which part of a bundle is at fault. */
export const BUNDLE_FAULTS = [
  'BUNDLE_INVALID',
  'BUNDLE_TOO_LARGE',
  'STATEMENT_INVALID',
  'ARTIFACT_MISMATCH',
  'SIGNATURE_INVALID',
  'CERTIFICATE_INVALID',
  'LOG_ENTRY_INVALID',
  'TIMESTAMP_INVALID',
  'EVIDENCE_MISSING',
  'SIGNER_UNKNOWN',
  'KEY_EXPIRED',
] as const;

export type BundleFaultCode = (typeof BUNDLE_FAULTS)[number];

/** @param reason what of it, in words; it is also what people read first. */
export function bundleFault(code: BundleFaultCode, reason: string, options?: ErrorOptions): SquizzleError {
  return new SquizzleError(code, reason, { reason }, options);
}

/** Ends the reading of something: with the code that its caller knows. */
export type Refuse = (reason: string, options?: ErrorOptions) => never;

export function refuseWith(code: BundleFaultCode, what: string): Refuse {
  return (reason, options) => {
    throw bundleFault(code, `${what}: ${reason}`, options);
  };
}
