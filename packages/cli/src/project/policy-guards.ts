/**
 * What guards the trust policy itself, and whether it lets this one pass: for those who look at policies. Commands that
 * verify refuse one that it does not.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { TrustPolicyDocument } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import { findPins } from './policy-pins.ts';
import { checkPolicySignature } from './trust-signature.ts';
import type { PolicyPlace, TrustContext } from './trust.ts';

export interface PolicyGuards {
  readonly pins: readonly {
    /** Who pinned it. */
    readonly by: string;
    readonly digest: string;
    readonly met: boolean;
  }[];
  /** `null`: the configuration asks for none. */
  readonly signature: {
    readonly valid: boolean;
    /** Whose it is, where it is valid. */
    readonly by: string | null;
    /** Why it is not. */
    readonly reason: string | null;
  } | null;
}

/** @throws {SquizzleError} `CONFIG_INVALID` for a pin that is none; `CANCELLED`. */
export async function examineGuards(
  policy: TrustPolicyDocument,
  place: PolicyPlace,
  context: TrustContext,
  tools: SecurityTools,
): Promise<PolicyGuards> {
  const pins = findPins(context).map(({ by, digest }) => ({ by, digest, met: digest === policy.digest }));
  return { pins, signature: await examineSignature(policy, place, context, tools) };
}

async function examineSignature(...asked: Parameters<typeof checkPolicySignature>): Promise<PolicyGuards['signature']> {
  try {
    const by = await checkPolicySignature(...asked);
    return by === null ? null : { valid: true, by, reason: null };
  } catch (cause) {
    if (!isSquizzleError(cause) || cause.code === 'CANCELLED') throw cause;
    const reason = isSquizzleError(cause, 'POLICY_CHANGED') ? cause.details.reason : cause.message;
    return { valid: false, by: null, reason };
  }
}

export function arePassed({ pins, signature }: PolicyGuards): boolean {
  return pins.every(({ met }) => met) && signature?.valid !== false;
}
