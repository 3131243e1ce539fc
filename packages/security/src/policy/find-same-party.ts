/**
 * Principals behind which one party stands: two of them would let it reach a threshold of two alone.
 *
 * @module
 */
import { keyFingerprint } from '../keys/key-fingerprint.ts';
import { matchesGlob, parseGlob } from './glob.ts';
import type { Principal } from './trust-policy.ts';

export interface SameParty {
  /** The later one in the policy. */
  readonly name: string;
  readonly other: string;
  /** `same`: whoever is one is the other. `overlap`: somebody can be both. */
  readonly kind: 'same' | 'overlap';
  readonly reason: string;
}

export function findSameParties(principals: ReadonlyMap<string, Principal>): readonly SameParty[] {
  const all = [...principals.values()];
  return all.flatMap((principal, index) =>
    all.slice(0, index).flatMap((other) => {
      const found = compare(principal, other);
      return found === undefined ? [] : [{ name: principal.name, other: other.name, ...found }];
    }),
  );
}

function compare(a: Principal, b: Principal): Pick<SameParty, 'kind' | 'reason'> | undefined {
  if (a.signer.kind === 'key' && b.signer.kind === 'key') {
    const isSame = keyFingerprint(a.signer.publicKey) === keyFingerprint(b.signer.publicKey);
    return isSame ? { kind: 'same', reason: `has the same key as '${b.name}'` } : undefined;
  }
  if (a.signer.kind !== 'keyless' || b.signer.kind !== 'keyless' || a.signer.issuer !== b.signer.issuer)
    return undefined;
  const [san, other] = [a.signer.san, b.signer.san];
  const isSame =
    'exact' in san ? 'exact' in other && san.exact === other.exact : 'glob' in other && san.glob === other.glob;
  // The same identity of two roots may be meant: a Sigstore instance that replaces another.
  if (isSame && a.root.name === b.root.name) return { kind: 'same', reason: `has the same identity as '${b.name}'` };
  const [glob, exact] = 'glob' in san ? [san.glob, other] : 'glob' in other ? [other.glob, san] : [null, san];
  const isWithin = glob !== null && 'exact' in exact && matchesGlob(parseGlob(glob), exact.exact);
  if (!isSame && !isWithin) return undefined;
  return { kind: 'overlap', reason: `can be the same party as '${b.name}'; a party counts once` };
}
