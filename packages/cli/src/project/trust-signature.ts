/**
 * The signature of the trust policy itself: `<policy>.sigstore.json`, where the configuration says whose it must be.
 *
 * @module
 */
import { resolve } from 'node:path';
import { isSquizzleError, SquizzleError } from '@squizzle/core';
import type { TrustedRoot, TrustedSigner, TrustPolicyDocument } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import type { TrustConfig } from '../config/schema.ts';
import { POLICY_SIGNATURE_SUFFIX } from '../config/trust-file.ts';
import { readBoundedFile } from '../files/read-bounded-file.ts';
import type { PolicyPlace, TrustContext } from './trust.ts';
import { openTrustedRoot } from './trusted-root.ts';

type SignedBy = NonNullable<TrustConfig['signedBy']>;

const BUNDLE_BYTES = 1_048_576;
const KEY_BYTES = 64 * 1024;

/** @throws {SquizzleError} `POLICY_CHANGED` for a signature that is missing, of somebody else, or of another policy. */
export async function checkPolicySignature(
  policy: TrustPolicyDocument,
  { path, name }: PolicyPlace,
  { loaded, session }: TrustContext,
  tools: SecurityTools,
): Promise<void> {
  const signedBy = loaded.config.trust?.signedBy;
  if (signedBy === undefined) return;
  const { trusted, root } = await readSigner(signedBy, loaded.folder, tools);
  const bundle = await readSignature(`${path}${POLICY_SIGNATURE_SUFFIX}`, `${name}${POLICY_SIGNATURE_SUFFIX}`, policy);
  const proofs = root === null ? 0 : 1;
  const thresholds = { logEntries: proofs, timestamps: proofs, scts: proofs };
  tools.verifyPolicySignature(policy, bundle, trusted, { root, thresholds, now: session.environment.now() });
}

async function readSigner(
  { key, issuer, san, trustedRoot }: SignedBy,
  folder: string,
  tools: SecurityTools,
): Promise<{ readonly trusted: TrustedSigner; readonly root: TrustedRoot | null }> {
  if (key !== undefined) {
    const bytes = await readBoundedFile(resolve(folder, key), {
      label: `trust.signedBy.key ${key}`,
      limitBytes: KEY_BYTES,
    });
    const publicKey = tools.readPublicKey(new TextDecoder().decode(bytes), key);
    return { trusted: { kind: 'key', publicKey }, root: null };
  }
  if (issuer === undefined || san === undefined || trustedRoot === undefined) {
    throw new TypeError('the schema asks for all three');
  }
  const root = await openTrustedRoot(trustedRoot, folder, tools);
  return { trusted: { kind: 'keyless', issuer, san: { exact: san } }, root };
}

async function readSignature(path: string, label: string, { file, digest }: TrustPolicyDocument): Promise<string> {
  try {
    return new TextDecoder().decode(await readBoundedFile(path, { label, limitBytes: BUNDLE_BYTES }));
  } catch (cause) {
    if (!isSquizzleError(cause, 'USAGE_INVALID')) throw cause;
    const reason = `it must be signed ('trust.signedBy' in squizzle.yaml), and ${cause.message}`;
    const message = `the trust policy ${file} is not the one that was agreed upon: ${reason}; 'squizzle trust sign' signs it`;
    throw new SquizzleError('POLICY_CHANGED', message, { file, expected: null, actual: digest, reason }, { cause });
  }
}
