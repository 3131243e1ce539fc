/**
 * What is wrong with a trust policy, and what it should not say though it may.
 *
 * @module
 */
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { DAY_MS } from '../statements/time.ts';
import { findSameParties } from './find-same-party.ts';
import { matchesGlob, parseGlob } from './glob.ts';
import { FILE_START, type FilePosition, type PolicyFault } from './policy-file.ts';
import { readPolicy, type PolicyReading, type ReadPolicyOptions } from './read-policy.ts';
import type { AttestationRequirement, PolicyRule, Principal, TrustPolicyDocument } from './trust-policy.ts';

export interface LintOptions extends ReadPolicyOptions {
  readonly now: () => Date;
}

/** Time enough to notice, decide and roll out. */
const SOON_MS = 30 * DAY_MS;

/** A warning with the path of the field it is about. */
interface Advice {
  readonly path: string;
  readonly message: string;
}

/**
 * All faults by place. Errors are what `parseTrustPolicy` refuses; advice is given where there is no error.
 */
export async function lintTrustPolicy(text: string, { now, ...options }: LintOptions): Promise<readonly PolicyFault[]> {
  const reading = await readPolicy(text, options);
  const advice = reading.policy === null ? [] : adviseOn(reading.policy, now());
  const faults = [...reading.faults, ...advice.map((each) => toWarning(each, reading))];
  return faults.sort((a, b) => a.line - b.line || a.column - b.column);
}

function toWarning({ path, message }: Advice, { positionOf }: PolicyReading): PolicyFault {
  const at: FilePosition = path === '' ? FILE_START : positionOf(path);
  return { severity: 'warning', key: path === '' ? null : path, message, ...at };
}

function adviseOn(policy: TrustPolicyDocument, now: Date): readonly Advice[] {
  return [
    ...adviseOnExpiry(policy, now),
    ...[...policy.principals.values()].flatMap((principal) => adviseOnPrincipal(principal, now)),
    ...findSameParties(policy.principals).map(({ name, reason }) => ({ path: `principals.${name}`, message: reason })),
    ...policy.rules.flatMap((rule, index) => adviseOnRule(rule, index, policy)),
  ];
}

function adviseOnExpiry({ expires }: TrustPolicyDocument, now: Date): readonly Advice[] {
  if (expires === null)
    return [{ path: '', message: "'expires' is missing: give a day by which somebody looks at the policy again" }];
  return adviseOnEnd(expires, now, 'expires', 'the policy');
}

function adviseOnEnd(end: Date, now: Date, path: string, what: string): readonly Advice[] {
  const leftMs = end.getTime() - now.getTime();
  if (leftMs > SOON_MS) return [];
  if (leftMs < 0) return [{ path, message: `${what} expired ${end.toISOString()}` }];
  return [{ path, message: `${what} expires in ${Math.floor(leftMs / DAY_MS)} days` }];
}

function adviseOnPrincipal({ name, signer }: Principal, now: Date): readonly Advice[] {
  const path = `principals.${name}`;
  if (signer.kind === 'key') {
    return signer.until === undefined
      ? []
      : adviseOnEnd(signer.until, now, `${path}.key.until`, `the key of '${name}'`);
  }
  const advice: Advice[] = [];
  if ('glob' in signer.san) {
    advice.push({
      path: `${path}.keyless.san`,
      message: `'${signer.san.glob}' may be several parties; name one with 'exact'`,
    });
  }
  const san = 'glob' in signer.san ? signer.san.glob : signer.san.exact;
  // Names of repositories can be given up and taken by others; a mail address has no repository.
  if (san.includes('://') && signer.claims?.sourceRepositoryId === undefined) {
    const message = 'pin the repository by its number, as a name can pass to others: claims: {sourceRepositoryId: "…"}';
    advice.push({ path: `${path}.keyless`, message });
  }
  return advice;
}

/** What people call the places that matter. */
const PRODUCTION = /prod|live|\*/i;

function adviseOnRule(
  { environments, demand }: PolicyRule,
  index: number,
  policy: TrustPolicyDocument,
): readonly Advice[] {
  const path = `rules[${index}]`;
  const unreached = environments.filter((environment) => isShadowed(environment, policy.rules.slice(0, index)));
  const advice: Advice[] = unreached.map((environment) => ({
    path: `${path}.environments[${environments.indexOf(environment)}]`,
    message: `'${environment}' is never reached: a rule before it is for the same`,
  }));
  if (demand.kind === 'signed') {
    return [
      ...advice,
      ...demand.attestations.flatMap((each, at) =>
        adviseOnAttestation(each, `${path}.require.attestations[${at}]`, policy),
      ),
    ];
  }
  const exposed = environments.filter((environment) => PRODUCTION.test(environment));
  if (exposed.length > 0) {
    advice.push({
      path: `${path}.unsigned`,
      message: `unsigned releases are allowed where it may matter: ${exposed.join(', ')}`,
    });
  }
  return advice;
}

/** Whether a pattern before it takes every name that this one takes: stars of this one are taken as letters. */
function isShadowed(environment: string, before: readonly PolicyRule[]): boolean {
  return before.some(({ environments }) => environments.some((each) => matchesGlob(parseGlob(each), environment)));
}

function adviseOnAttestation(
  { type, by, min, distinctFromSignature, maxAgeMs, notExpired, where }: AttestationRequirement,
  path: string,
  { principals }: TrustPolicyDocument,
): readonly Advice[] {
  const advice: Advice[] = [];
  if (type === PREDICATE_TYPES.approval) {
    if (min === 1 && !distinctFromSignature) {
      advice.push({ path, message: "who signed may approve alone: add 'distinctFrom: signature', or 'min: 2'" });
    }
    // Those that are not written are implied.
    const loose = where.filter(
      ({ path: name, equals }) =>
        (name === 'decision' && equals !== 'approve') || (name === 'environment' && String(equals).includes('*')),
    );
    for (const { path: name } of loose) {
      const message = `more than approvals for this environment would do: leave '${name}' out, which is implied`;
      advice.push({ path: `${path}.where.${name}`, message });
    }
    if (!notExpired && maxAgeMs === null)
      advice.push({ path, message: "an approval of any age would do: add 'notExpired: true'" });
  }
  const keys = by.filter((name) => principals.get(name)?.signer.kind === 'key');
  if (maxAgeMs !== null && keys.length > 0) {
    // A certificate was valid for minutes; a signature by key can be given a new timestamp by whoever has it.
    const message = `'maxAge' proves little of keys (${keys.join(', ')}): anybody can have an old signature witnessed anew; use 'notExpired'`;
    advice.push({ path: `${path}.maxAge`, message });
  }
  return advice;
}
