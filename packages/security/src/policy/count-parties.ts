/**
 * How many distinct principals vouch for something, when each must be another party.
 *
 * A principal counts once however often it signed, and a party counts once however many names the policy has for it. So
 * principals and parties are paired, as many as can be.
 *
 * @see https://en.wikipedia.org/wiki/Maximum_cardinality_matching
 * @module
 */

export interface Voucher {
  /** Names of the policy that the party has; those that may count. */
  readonly principals: readonly string[];
  /** As `partyOf` tells parties apart. */
  readonly party: string;
}

/** The paired principals, each with the voucher that stands for it. */
export function countParties<V extends Voucher>(vouchers: readonly V[]): ReadonlyMap<string, V> {
  const paired = new Map<string, V>();
  const parties = new Map<string, V[]>();
  for (const voucher of vouchers) parties.set(voucher.party, [...(parties.get(voucher.party) ?? []), voucher]);
  for (const party of parties.values()) pair(party, parties, paired, new Set());
  return paired;
}

/** Finds a principal for the party, moving others to another principal where that makes room. */
function pair<V extends Voucher>(
  party: readonly V[],
  parties: ReadonlyMap<string, readonly V[]>,
  paired: Map<string, V>,
  tried: Set<string>,
): boolean {
  for (const voucher of party) {
    for (const name of voucher.principals) {
      if (tried.has(name)) continue;
      tried.add(name);
      const holder = paired.get(name);
      if (holder === undefined || pair(parties.get(holder.party) ?? [], parties, paired, tried)) {
        paired.set(name, voucher);
        return true;
      }
    }
  }
  return false;
}
