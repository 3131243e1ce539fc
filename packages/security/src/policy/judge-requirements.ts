/**
 * The demands of a rule, one by one: which bundles count for each, and why the others do not.
 *
 * @module
 */
import { PREDICATE_TYPES } from '../statements/statement.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import { countParties, type Voucher } from './count-parties.ts';
import type { Denial, DenialCode, RequirementVerdict } from './decision.ts';
import { showForeign } from './foreign-text.ts';
import { findAttestationFault } from './judge-attestation.ts';
import type { JudgedBundle, PolicyInput } from './policy-input.ts';
import { partyOf } from './signer-text.ts';
import type { AttestationRequirement, SignatureRequirement } from './trust-policy.ts';

/** What one bundle is to one demand. */
export interface Consideration {
  readonly bundle: JudgedBundle;
  readonly counts: boolean;
  readonly reason: string;
}

/** A bundle that counts, under the names that may count. */
export interface Counted extends Voucher {
  readonly bundle: JudgedBundle;
}

export interface Judgement {
  readonly verdict: RequirementVerdict;
  /** Why it is a denial, where it is not met. */
  readonly code: Denial['code'];
  readonly considered: readonly Consideration[];
  /** By principal, each another party. */
  readonly counted: ReadonlyMap<string, Counted>;
}

/** Plain signatures alone: that somebody attested to something is no signature of the release. */
export function isSignature({ statement }: VerifiedBundle): boolean {
  return statement === null || statement.predicateType === PREDICATE_TYPES.signature;
}

export function judgeSignature({ anyOf, min }: SignatureRequirement, { bundles, refused }: PolicyInput): Judgement {
  const signatures = bundles.filter(({ verified }) => isSignature(verified));
  const what = `a signature of ${countOf(min, anyOf)}`;
  const claims = signatures.map((bundle) => toClaim(bundle, anyOf));
  const isNone = signatures.length === 0 && refused.length === 0;
  const found = isNone ? 'there is none' : `${signatures.length} verified, ${refused.length} refused`;
  return conclude(claims, { what, min, found, code: isNone ? 'SIGNATURE_MISSING' : 'SIGNATURE_REFUSED' });
}

/** @param signature what was made of the demand for signatures. */
export function judgeAttestation(
  requirement: AttestationRequirement,
  signature: Judgement,
  { bundles, artifact, environment, now }: PolicyInput,
): Judgement {
  const { type, by, min, distinctFromSignature } = requirement;
  const context = { env: environment, version: artifact.version, digest: artifact.digest };
  const attestations = bundles.filter(({ verified }) => verified.statement?.predicateType === type);
  const claims = attestations.map((bundle) => {
    const claim = toClaim(bundle, by);
    const named = distinctFromSignature && claim.kind === 'counts' ? withoutSigners(claim, signature) : claim;
    const fault =
      named.kind === 'counts' ? findAttestationFault(bundle.verified, requirement, context, now) : undefined;
    return fault === undefined ? named : { ...fault, bundle };
  });
  const what = `an attestation ${type} by ${countOf(min, by)}${distinctFromSignature ? ', not by who signed' : ''}`;
  const found = attestations.length === 0 ? 'there is none' : `${attestations.length} verified`;
  return conclude(claims, { what, min, found, code: attestationCode(claims) });
}

function attestationCode(claims: readonly Claim[]): DenialCode {
  if (claims.some(({ kind }) => kind === 'expired')) return 'ATTESTATION_EXPIRED';
  // none at all, or sound ones that are too few
  return claims.some(({ kind }) => kind === 'refused') ? 'ATTESTATION_REFUSED' : 'ATTESTATION_MISSING';
}

type Claim =
  | ({ readonly kind: 'counts' } & Counted)
  | { readonly kind: 'refused' | 'expired'; readonly bundle: JudgedBundle; readonly reason: string };

function toClaim(bundle: JudgedBundle, asked: readonly string[]): Claim {
  const principals = bundle.principals.filter((name) => asked.includes(name));
  if (principals.length > 0) return { kind: 'counts', bundle, principals, party: partyOf(bundle.verified.signer) };
  const reason = `it is of ${bundle.principals.join(' or ')}, and ${asked.join(', ')} may make it`;
  return { kind: 'refused', bundle, reason };
}

function withoutSigners(claim: Extract<Claim, { kind: 'counts' }>, { considered, counted }: Judgement): Claim {
  const signed = considered.filter(({ counts }) => counts).map(({ bundle }) => bundle);
  const names = new Set([...counted.keys(), ...signed.flatMap(({ principals }) => principals)]);
  const isSigner = signed.some(({ verified }) => partyOf(verified.signer) === claim.party);
  const principals = isSigner ? [] : claim.principals.filter((name) => !names.has(name));
  if (principals.length > 0) return { ...claim, principals };
  return { kind: 'refused', bundle: claim.bundle, reason: `${claim.principals.join(' or ')} signed the release too` };
}

interface Conclusion {
  readonly what: string;
  readonly min: number;
  readonly found: string;
  readonly code: DenialCode;
}

function conclude(claims: readonly Claim[], { what, min, found, code }: Conclusion): Judgement {
  const counting = claims.filter((claim) => claim.kind === 'counts');
  const counted = countParties(counting);
  // whatever the policy says, nobody is not enough
  const met = counted.size >= Math.max(1, min);
  const names = [...counted.keys()].join(', ');
  const repeated = counting.length > counted.size ? ['the same party counts once'] : [];
  const why = [`${counted.size} of ${min} (${names === '' ? found : names})`, ...repeated, ...listFaults(claims)].join(
    '; ',
  );
  return {
    verdict: { what, met, reason: met ? `by ${names}` : why },
    code,
    considered: claims.map((claim) => ({
      bundle: claim.bundle,
      counts: claim.kind === 'counts',
      reason: claim.kind === 'counts' ? `counts as ${what}` : claim.reason,
    })),
    counted,
  };
}

/** A few of them: the list of bundles has all. */
const MOST_LISTED = 3;

function listFaults(claims: readonly Claim[]): readonly string[] {
  const faults = claims.flatMap((claim) =>
    claim.kind === 'counts' ? [] : [`${showForeign(claim.bundle.source)}: ${claim.reason}`],
  );
  const more = faults.length - MOST_LISTED;
  return more > 0 ? [...faults.slice(0, MOST_LISTED), `and ${more} more`] : faults;
}

function countOf(min: number, names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `${min} of ${names.join(', ')}`;
}
