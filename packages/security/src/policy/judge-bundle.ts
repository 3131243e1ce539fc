/**
 * One bundle that was found: whom of the policy it is of, proven, or why it counts for nothing.
 *
 * A certificate is verified once for each root that a principal names, a key once for each principal that has one. The
 * hint of a bundle tells in which order keys are tried, and nothing more: anybody can write one.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { FoundBundle } from '../attachments/found-bundle.ts';
import type { BundleFaultCode } from '../bundle/bundle-fault.ts';
import { parseBundle } from '../bundle/parse-bundle.ts';
import { keyHint } from '../keys/key-fingerprint.ts';
import { matchSigner } from '../verification/match-signer.ts';
import type { KeySignerTrust } from '../verification/trusted-signer.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import { verifyEvidence } from '../verification/verify-evidence.ts';
import type { JudgedBundle, RefusedBundle } from './policy-input.ts';
import { describeSigner } from './signer-text.ts';
import type { PolicyRoot, Principal, TrustPolicyDocument } from './trust-policy.ts';

export type BundleJudgement =
  | { readonly kind: 'judged'; readonly bundles: readonly JudgedBundle[] }
  | { readonly kind: 'refused'; readonly bundle: RefusedBundle };

/** @throws {SquizzleError} what is no fault of the bundle: `TRUST_ROOT_INVALID`. */
export function judgeBundle(found: FoundBundle, policy: TrustPolicyDocument, now: Date): BundleJudgement {
  const trial = createTrial(found, policy, now);
  const key = trial.attempt(() => parseBundle(found.json, { now, limits: policy.limits }).key);
  if (key === undefined) return trial.conclude([]);
  const principals = [...policy.principals.values()];
  return trial.conclude(
    key.kind === 'certificate' ? judgeCertificate(principals, trial) : judgeKey(principals, key.hint, trial),
  );
}

/** Those of bundles; the others have the same details and are of something else. */
type FaultCode = Exclude<BundleFaultCode, 'IDENTITY_UNAVAILABLE' | 'LEDGER_INVALID'>;

interface Trial {
  /** `undefined` when it is a fault of the bundle, which is kept. */
  attempt<T>(action: () => T): T | undefined;
  verify(root: PolicyRoot, key: KeySignerTrust | null): VerifiedBundle | undefined;
  /** One that is of nobody whom the policy names. */
  refuse(code: FaultCode, reason: string): void;
  conclude(matches: readonly Match[]): BundleJudgement;
}

interface Match {
  readonly principals: readonly string[];
  readonly verified: VerifiedBundle;
}

function createTrial({ source, json, subject }: FoundBundle, { limits }: TrustPolicyDocument, now: Date): Trial {
  const faults: Fault[] = [];
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch (cause) {
      const fault = faultOf(cause);
      if (fault === undefined) throw cause;
      faults.push(fault);
      return undefined;
    }
  };
  return {
    attempt,
    verify: ({ trustedRoot: root, thresholds }, key) =>
      attempt(() => verifyEvidence(json, subject, { root, key, thresholds, now, limits })),
    refuse: (code, reason) => {
      faults.push({ code, reason });
    },
    conclude: (matches) => {
      if (matches.length > 0) return { kind: 'judged', bundles: matches.map((match) => ({ source, ...match })) };
      return { kind: 'refused', bundle: { source, ...worthTelling(faults) } };
    },
  };
}

/**
 * Which fault says most, of several: the least. The three last ones may come of having been tried with what does not fit;
 * the others are wrong with the bundle itself, or with what it proves.
 */
const FAULT_RANK: Readonly<Record<FaultCode, number>> = {
  BUNDLE_TOO_LARGE: 0,
  BUNDLE_INVALID: 0,
  STATEMENT_INVALID: 0,
  ARTIFACT_MISMATCH: 0,
  KEY_EXPIRED: 0,
  LOG_ENTRY_INVALID: 0,
  TIMESTAMP_INVALID: 0,
  EVIDENCE_MISSING: 0,
  SIGNATURE_INVALID: 1,
  SIGNER_UNKNOWN: 2,
  CERTIFICATE_INVALID: 3,
};

interface Fault {
  readonly code: FaultCode;
  readonly reason: string;
}

function faultOf(cause: unknown): Fault | undefined {
  if (!isSquizzleError(cause) || !Object.hasOwn(FAULT_RANK, cause.code)) return undefined;
  return { code: cause.code as FaultCode, reason: cause.message };
}

function worthTelling(faults: readonly Fault[]): Fault {
  const [first] = faults.toSorted((a, b) => FAULT_RANK[a.code] - FAULT_RANK[b.code]);
  return first ?? { code: 'SIGNER_UNKNOWN', reason: 'the policy names nobody who signs in this way' };
}

function judgeCertificate(principals: readonly Principal[], trial: Trial): readonly Match[] {
  const keyless = principals.flatMap(({ name, root, signer }) =>
    signer.kind === 'keyless' ? [{ name, root, signer }] : [],
  );
  const roots = [...new Set(keyless.map(({ root }) => root))];
  return roots.flatMap((root) => {
    const verified = trial.verify(root, null);
    if (verified === undefined) return [];
    const names = keyless
      .filter((each) => each.root === root && isMatch(verified, each.signer))
      .map(({ name }) => name);
    if (names.length > 0) return [{ principals: names, verified }];
    trial.refuse('SIGNER_UNKNOWN', `it is of ${describeSigner(verified.signer)}, whom the policy does not name`);
    return [];
  });
}

function isMatch(verified: VerifiedBundle, signer: Parameters<typeof matchSigner>[1]): boolean {
  try {
    matchSigner(verified, signer);
    return true;
  } catch (cause) {
    if (isSquizzleError(cause, 'SIGNER_UNKNOWN')) return false;
    throw cause;
  }
}

function judgeKey(principals: readonly Principal[], hint: string, trial: Trial): readonly Match[] {
  const keys = principals.flatMap(({ name, root, signer }) => (signer.kind === 'key' ? [{ name, root, signer }] : []));
  const [hinted, others] = [true, false].map((isHinted) =>
    keys.filter(({ signer }) => (keyHint(signer.publicKey) === hint) === isHinted),
  );
  for (const candidates of [hinted ?? [], others ?? []]) {
    const matches = candidates.flatMap(({ name, root, signer }) => {
      const verified = trial.verify(root, signer);
      return verified === undefined ? [] : [{ principals: [name], verified }];
    });
    if (matches.length > 0) return matches;
  }
  return [];
}
