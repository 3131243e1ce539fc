/**
 * The trust policy's name, where the configuration gives it none.
 *
 * @module
 */

/** Beside `squizzle.yaml`. */
export const TRUST_FILE = 'squizzle.trust.yaml';

/** The signature of a policy lies beside it. */
export const POLICY_SIGNATURE_SUFFIX = '.sigstore.json';
