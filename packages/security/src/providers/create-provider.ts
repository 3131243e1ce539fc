/**
 * What the two documented providers share: they differ in who signs and in who is trusted.
 *
 * @module
 */
import { isSquizzleError, SquizzleError, type CallOptions, type ErrorCode } from '@squizzle/core';
import { createSigner } from '../attachments/create-signer.ts';
import { BUNDLE_FAULTS } from '../bundle/bundle-fault.ts';
import type { PolicyRoot } from '../policy/trust-policy.ts';
import type { StatementSigner } from '../signing/statement-signer.ts';
import { createSignatureStatement, createStatement } from '../statements/create-statement.ts';
import { PREDICATE_TYPES } from '../statements/statement.ts';
import type { TrustedSigner } from '../verification/trusted-signer.ts';
import { verifyBundle } from '../verification/verify-bundle.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import { digestsOf, subjectOfData, type ChecksumAlgorithm } from './data-subject.ts';
import { createInPlaceVerifier } from './in-place-policy.ts';
import type { SecurityProvider } from './security-provider.ts';
import { slsaStatement } from './slsa-statement.ts';

export interface ProviderParts {
  /** `null`: this provider only verifies; why, for whoever asks it to sign. */
  readonly signer: StatementSigner | null;
  readonly cannotSign: () => SquizzleError;
  readonly root: PolicyRoot;
  /** By a name that the ledger keeps. Empty: nobody is trusted, and that is said. */
  readonly trusted: ReadonlyMap<string, TrustedSigner>;
  readonly cannotVerify: string;
  readonly algorithm: ChecksumAlgorithm;
  readonly now: () => Date;
}

/** What a signature can have that makes it no signature by somebody who is trusted. Everything else is thrown. */
const BAD_SIGNATURE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(BUNDLE_FAULTS);

export function createProvider(parts: ProviderParts): SecurityProvider {
  const { algorithm, root, trusted, now } = parts;
  const verifyDetailed = async (data: string | Uint8Array, signature: string): Promise<VerifiedBundle> => {
    requireTrust(parts);
    const verified = verifyByAny(signature, data, parts);
    requireSignature(verified);
    return verified;
  };
  return {
    signer: parts.signer === null ? null : createSigner(parts.signer, (subject) => createSignatureStatement(subject)),
    verifier: {
      verify: async (artifact, context) => {
        requireTrust(parts);
        return createInPlaceVerifier({ root, signers: trusted, now }).verify(artifact, context);
      },
    },
    sign: async (data, options) => {
      const statement = createSignatureStatement(subjectOfData(data, algorithm));
      return (await requireSigner(parts).sign(statement, options)).json;
    },
    verify: async (data, signature) => {
      try {
        await verifyDetailed(data, signature);
        return true;
      } catch (cause) {
        if (isSquizzleError(cause) && BAD_SIGNATURE.has(cause.code)) return false;
        throw cause;
      }
    },
    verifyDetailed,
    generateSLSA: async (manifest, buildInfo) => slsaStatement(manifest, buildInfo),
    attest: async ({ subject, predicateType, predicate }, options?: CallOptions) =>
      (await requireSigner(parts).sign(createStatement(subject, predicateType, predicate), options)).json,
  };
}

function requireSigner({ signer, cannotSign }: ProviderParts): StatementSigner {
  if (signer === null) throw cannotSign();
  return signer;
}

function requireTrust({ trusted, cannotVerify }: ProviderParts): void {
  if (trusted.size === 0) throw new SquizzleError('POLICY_MISSING', cannotVerify, { environment: null });
}

/** @throws {SquizzleError} of the last one tried: with one who is trusted, the only one. */
function verifyByAny(
  signature: string,
  data: string | Uint8Array,
  { trusted, root: { trustedRoot, thresholds }, algorithm, now }: ProviderParts,
): VerifiedBundle {
  const subject = digestsOf(data, algorithm);
  let refusal: unknown;
  for (const signer of trusted.values()) {
    try {
      return verifyBundle(signature, subject, signer, { root: trustedRoot, thresholds, now: now() });
    } catch (cause) {
      if (!isSquizzleError(cause) || !BAD_SIGNATURE.has(cause.code)) throw cause;
      refusal = cause;
    }
  }
  throw refusal;
}

/** An approval or provenance by somebody who is trusted is no signature: it may even say 'reject'. */
function requireSignature({ statement }: VerifiedBundle): void {
  if (statement === null || statement.predicateType === PREDICATE_TYPES.signature) return;
  const reason = `this is a statement of type ${statement.predicateType}, and no signature`;
  throw new SquizzleError('STATEMENT_INVALID', `${reason}: give the bundle that 'sign' returned`, { reason });
}
