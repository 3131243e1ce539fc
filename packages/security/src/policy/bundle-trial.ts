/**
 * What is tried with one bundle, step by step: each may fail by a fault of the bundle, of which the one that says most is
 * told when nothing came of any.
 *
 * Its rule: before each step others have their turn, so that a flood of bundles holds up nobody and an abort ends it.
 *
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import type { BundleFaultCode } from '../bundle/bundle-fault.ts';
import { othersTurn } from '../bundle/others-turn.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import type { JudgedBundle, RefusedBundle } from './policy-input.ts';

export type BundleJudgement =
  | { readonly kind: 'judged'; readonly bundles: readonly JudgedBundle[] }
  | { readonly kind: 'refused'; readonly bundle: RefusedBundle };

export interface Trial {
  /** One step. `undefined` when it is a fault of the bundle, which is kept. Throws the signal's reason when aborted. */
  attempt<T>(action: () => T): Promise<T | undefined>;
  /** One that is of nobody whom the policy names. */
  refuse(code: BundleFaultCode, reason: string): void;
  conclude(matches: readonly Match[]): BundleJudgement;
}

/** Whom of the policy it is of. */
export interface Match {
  readonly principals: readonly string[];
  readonly verified: VerifiedBundle;
}

export function createTrial(source: string, call: CallOptions): Trial {
  const faults: Fault[] = [];
  return {
    attempt: async (action) => {
      await othersTurn(call);
      try {
        return action();
      } catch (cause) {
        const fault = faultOf(cause);
        if (fault === undefined) throw cause;
        faults.push(fault);
        return undefined;
      }
    },
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
const FAULT_RANK: Readonly<Record<BundleFaultCode, number>> = {
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
  readonly code: BundleFaultCode;
  readonly reason: string;
}

function faultOf(cause: unknown): Fault | undefined {
  if (!isSquizzleError(cause) || !Object.hasOwn(FAULT_RANK, cause.code)) return undefined;
  return { code: cause.code as BundleFaultCode, reason: cause.message };
}

function worthTelling(faults: readonly Fault[]): Fault {
  const [first] = faults.toSorted((a, b) => FAULT_RANK[a.code] - FAULT_RANK[b.code]);
  return first ?? { code: 'SIGNER_UNKNOWN', reason: 'the policy names nobody who signs in this way' };
}
