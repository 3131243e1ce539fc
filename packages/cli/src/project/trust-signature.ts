/**
 * The signature of the trust policy itself: `<policy>.sigstore.json`, where the configuration says whose it must be.
 *
 * @module
 */
import { resolve } from 'node:path';
import { isSquizzleError, SquizzleError, type CallOptions } from '@squizzle/core';
import type { TrustedRoot, TrustedSigner, TrustPolicyDocument } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import type { TrustConfig } from '../config/schema.ts';
import { POLICY_SIGNATURE_SUFFIX } from '../config/trust-file.ts';
import { readBoundedFile, type BoundedFile } from '../files/read-bounded-file.ts';
import type { PolicyPlace, TrustContext } from './trust.ts';
import { openTrustedRoot } from './trusted-root.ts';

type SignedBy = NonNullable<TrustConfig['signedBy']>;

const BUNDLE_BYTES = 1_048_576;
const KEY_BYTES = 64 * 1024;

/**
 * @returns whose signature it has, for people; `null` where the configuration asks for none.
 * @throws {SquizzleError} `POLICY_CHANGED` for a signature that is missing, of somebody else, or of another policy;
 *   `USAGE_INVALID`, `KEY_UNUSABLE`, `TRUST_ROOT_INVALID` when it cannot be told whose it must be.
 */
export async function checkPolicySignature(
  policy: TrustPolicyDocument,
  { path, name }: PolicyPlace,
  { loaded, session }: TrustContext,
  tools: SecurityTools,
): Promise<string | null> {
  const signedBy = loaded.config.trust?.signedBy;
  if (signedBy === undefined) return null;
  const { signal } = session;
  const { trusted, root, description } = await readSigner(signedBy, loaded.folder, tools, { signal });
  const label = `${name}${POLICY_SIGNATURE_SUFFIX}`;
  const bundle = await readSignature(`${path}${POLICY_SIGNATURE_SUFFIX}`, { label, signal }, policy);
  const proofs = root === null ? 0 : 1;
  const thresholds = { logEntries: proofs, timestamps: proofs, scts: proofs };
  tools.verifyPolicySignature(policy, bundle, trusted, { root, thresholds, now: session.environment.now() });
  return description;
}

interface PolicySigner {
  readonly trusted: TrustedSigner;
  readonly root: TrustedRoot | null;
  /** For people. */
  readonly description: string;
}

async function readSigner(
  { key, issuer, san, trustedRoot }: SignedBy,
  folder: string,
  tools: SecurityTools,
  { signal }: CallOptions,
): Promise<PolicySigner> {
  if (key !== undefined) {
    const bytes = await readBoundedFile(resolve(folder, key), {
      label: `trust.signedBy.key ${key}`,
      limitBytes: KEY_BYTES,
      signal,
    });
    const publicKey = tools.readPublicKey(new TextDecoder().decode(bytes), key);
    const description = `key sha256:${tools.keyFingerprint(publicKey)}`;
    return { trusted: { kind: 'key', publicKey }, root: null, description };
  }
  if (issuer === undefined || san === undefined || trustedRoot === undefined) {
    throw new TypeError('the schema asks for all three');
  }
  const root = await openTrustedRoot(trustedRoot, folder, tools);
  return { trusted: { kind: 'keyless', issuer, san: { exact: san } }, root, description: `${san} (${issuer})` };
}

async function readSignature(
  path: string,
  named: Pick<BoundedFile, 'label' | 'signal'>,
  { file, digest }: TrustPolicyDocument,
): Promise<string> {
  try {
    return new TextDecoder().decode(await readBoundedFile(path, { ...named, limitBytes: BUNDLE_BYTES }));
  } catch (cause) {
    if (!isSquizzleError(cause, 'USAGE_INVALID')) throw cause;
    const reason = `it must be signed ('trust.signedBy' in squizzle.yaml), and ${cause.message}`;
    const message = `the trust policy ${file} is not the one that was agreed upon: ${reason}; 'squizzle trust sign' signs it`;
    throw new SquizzleError('POLICY_CHANGED', message, { file, expected: null, actual: digest, reason }, { cause });
  }
}
