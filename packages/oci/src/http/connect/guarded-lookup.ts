/**
 * Name resolution that refuses what an address rule forbids.
 *
 * It runs where the connection is made, so no second resolution can give another answer. One forbidden address among
 * several refuses the name: the answer is not to be trusted.
 *
 * @module
 */
import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressRule } from '../http.ts';
import { AddressRefusedError, isAllowed, literalAddress } from '../private-address.ts';

/** The system's resolver, as `node:dns` has it with `all`. Tests pass their own. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true; readonly family?: number; readonly hints?: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const resolveBySystem: Resolve = (hostname, options, callback) => lookup(hostname, options, callback);

export function guardedLookup(rule: AddressRule, resolve: Resolve = resolveBySystem): LookupFunction {
  return (hostname, options, callback) => {
    const { family, hints } = options;
    const asked = {
      all: true,
      ...(family !== undefined && { family: familyNumber(family) }),
      ...(hints !== undefined && { hints }),
    } as const;
    resolve(hostname, asked, (error, addresses) => {
      const refused = error === null ? addresses.find(({ address }) => !isAllowed(address, rule)) : undefined;
      if (refused !== undefined) callback(new AddressRefusedError(hostname, refused.address), '', 0);
      else if (error !== null) callback(error, '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
}

/** For hosts that are addresses, which nothing resolves, and for names that a proxy will resolve. */
export function refuseLiteral(hostname: string, rule: AddressRule): void {
  const address = literalAddress(hostname);
  if (address !== undefined && !isAllowed(address, rule)) throw new AddressRefusedError(hostname, address);
}

function familyNumber(family: number | 'IPv4' | 'IPv6'): number {
  if (typeof family === 'number') return family;
  return family === 'IPv6' ? 6 : 4;
}
