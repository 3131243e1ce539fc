/**
 * Signs statements without a key of one's own: an identity, a certificate of minutes, a log entry and a timestamp.
 *
 * With a trusted root, what was made is verified before it is handed out: a bundle that nobody could verify helps nobody.
 *
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import type { RetryOptions } from '../http/retry.ts';
import { signingFailed } from '../http/signing-failed.ts';
import type { IdentityTokenSource } from '../keyless/identity-token.ts';
import type { Statement } from '../statements/statement.ts';
import type { TrustedRoot } from '../trusted-root/trusted-root.ts';
import { verifyEvidence } from '../verification/verify-evidence.ts';
import type { EvidenceThresholds } from '../verification/verified-bundle.ts';
import { createWitnesses } from '../witnesses/create-witnesses.ts';
import { buildBundle, type BundleMakers } from './build-bundle.ts';
import { checkInstance, type CheckedInstance } from './check-instance.ts';
import { createFulcioSigner } from './fulcio-signer.ts';
import type { SigstoreInstance } from './sigstore-instance.ts';
import type { StatementSigner } from './statement-signer.ts';

export interface KeylessStatementSignerOptions extends Pick<RetryOptions, 'fetch' | 'timeoutMs' | 'retries'> {
  readonly instance: SigstoreInstance;
  readonly identity: IdentityTokenSource;
  /** Of the instance. `null`: what is made is not verified here. */
  readonly trustedRoot: TrustedRoot | null;
  /** What the trusted root must confirm. Default: all that the instance has, and one certificate transparency log. */
  readonly thresholds?: EvidenceThresholds | undefined;
  readonly now?: (() => Date) | undefined;
}

/** @throws {SquizzleError} `SIGNING_CONFIG_INVALID` for an instance whose services do not fit together. */
export function createKeylessStatementSigner(options: KeylessStatementSignerOptions): StatementSigner {
  const { identity, trustedRoot, now = () => new Date(), fetch, timeoutMs, retries } = options;
  const instance = checkInstance(options.instance);
  const thresholds = options.thresholds ?? thresholdsOf(instance);
  const makers = ({ signal }: Required<CallOptions>): BundleMakers => {
    const network = { fetch, timeoutMs, retries, signal };
    return {
      signer: createFulcioSigner(instance.fulcio, { ...network, identity, now }),
      witnesses: createWitnesses(instance, network),
    };
  };
  return {
    description: `identity of ${identity.description}`,
    sign: async (statement, call = {}) => {
      const bundle = await buildBundle(statement, makers, now(), call);
      if (trustedRoot !== null) {
        confirm(bundle.json, statement, { root: trustedRoot, key: null, thresholds, now: now() }, instance);
      }
      return bundle;
    },
  };
}

function thresholdsOf({ rekor }: CheckedInstance): EvidenceThresholds {
  return { logEntries: rekor === null ? 0 : 1, timestamps: 1, scts: 1 };
}

/** @throws {SquizzleError} `SIGNING_FAILED`, caused by what verification found. */
function confirm(
  json: string,
  { subject: [subject] }: Statement,
  options: Parameters<typeof verifyEvidence>[2] & { readonly root: TrustedRoot },
  { fulcio }: CheckedInstance,
): void {
  try {
    const { sha256 = '' } = subject?.digest ?? {};
    verifyEvidence(json, { sha256 }, options);
  } catch (cause) {
    if (!isSquizzleError(cause)) throw cause;
    const hint = `what it made is not confirmed by the trusted root ${options.root.origin} (${cause.code}: ${cause.message}): see that the root is of this instance`;
    throw signingFailed(`Sigstore at ${fulcio.origin}`, null, hint, { cause });
  }
}
