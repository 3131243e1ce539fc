/**
 * Whether one attestation is what a rule asks for.
 *
 * @module
 */
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { parseTime } from '../statements/time.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import { findDecidedAtFault } from './decided-at.ts';
import { showValue } from './foreign-text.ts';
import { formatSpan } from './policy-values.ts';
import { findDisagreement } from './provenance-agreement.ts';
import type { AttestationRequirement } from './trust-policy.ts';
import { describeWhere, matchesWhere, valueAt, type WhereContext } from './where-value.ts';

/** `expired`: it was what is asked for, and is not any longer. */
export interface AttestationFault {
  readonly kind: 'refused' | 'expired';
  readonly reason: string;
}

/** What it says, whoever says it; `undefined` when it is what the rule asks for. Age comes last: all else is right then. */
export function findAttestationFault(
  { statement, signer, times }: VerifiedBundle,
  requirement: AttestationRequirement,
  context: WhereContext,
  now: Date,
): AttestationFault | undefined {
  const predicate = statement?.predicate;
  if (requirement.type === PREDICATE_TYPES.provenance && signer.kind === 'keyless') {
    const reason = findDisagreement(predicate, signer);
    if (reason !== undefined) return { kind: 'refused', reason };
  }
  if (requirement.type === PREDICATE_TYPES.approval) {
    const reason = findDecidedAtFault(predicate, now);
    if (reason !== undefined) return { kind: 'refused', reason };
  }
  for (const { path, equals } of requirement.where) {
    const found = valueAt(predicate, path);
    if (matchesWhere(equals, found, context)) continue;
    return { kind: 'refused', reason: `${path} is ${showValue(found)}, not ${describeWhere(equals, context)}` };
  }
  const expiry = requirement.notExpired ? findExpiryFault(predicate, now) : undefined;
  return expiry ?? (requirement.maxAgeMs === null ? undefined : findAgeFault(times, requirement.maxAgeMs, now));
}

export function findExpiryFault(predicate: unknown, now: Date): AttestationFault | undefined {
  const stated = valueAt(predicate, 'expires');
  const expires = typeof stated === 'string' ? parseTime(stated) : undefined;
  if (expires === undefined) {
    return { kind: 'refused', reason: `its 'expires' is ${showValue(stated)}, not a time of RFC 3339` };
  }
  return expires > now ? undefined : { kind: 'expired', reason: `it expired ${expires.toISOString()}` };
}

function findAgeFault([oldest]: readonly Date[], maxAgeMs: number, now: Date): AttestationFault | undefined {
  if (oldest === undefined) {
    return { kind: 'refused', reason: 'nobody trusted says when it was made, and the rule asks for its age (maxAge)' };
  }
  if (now.getTime() - oldest.getTime() <= maxAgeMs) return undefined;
  const reason = `it was made ${oldest.toISOString()}, more than ${formatSpan(maxAgeMs)} ago`;
  return { kind: 'expired', reason };
}
