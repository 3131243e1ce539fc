/**
 * What kind of place an IP address is, so that a registry cannot send the client where it must not go.
 *
 * Addresses that carry an IPv4 address (mapped, translated, NAT64, 6to4) are what they carry. What is no address at all, or
 * one that nobody can have, is refused by every rule but `any`.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
 * @module
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { AddressRule } from './http.ts';

export type AddressKind =
  | 'public'
  | 'loopback'
  | 'unspecified'
  /** Also where clouds answer with the machine's own credentials: 169.254.169.254. */
  | 'link-local'
  /** Clouds' metadata outside of link-local. */
  | 'metadata'
  | 'multicast'
  | 'private'
  /** For documents, for Teredo (which hides another address), for nothing at all. */
  | 'reserved'
  | 'invalid';

type Range = readonly [network: string, prefix: number];

/** In the order of asking: the first that holds the address decides. */
const RANGES: readonly (readonly [AddressKind, readonly Range[]])[] = [
  [
    'metadata',
    [
      ['fd00:ec2::254', 128],
      ['fd20:ce::254', 128],
      ['100.100.100.200', 32],
      ['192.0.0.192', 32],
      ['168.63.129.16', 32],
    ],
  ],
  [
    'loopback',
    [
      ['127.0.0.0', 8],
      ['::1', 128],
    ],
  ],
  [
    'unspecified',
    [
      ['0.0.0.0', 8],
      ['::', 128],
    ],
  ],
  [
    'link-local',
    [
      ['169.254.0.0', 16],
      ['fe80::', 10],
    ],
  ],
  [
    'multicast',
    [
      ['224.0.0.0', 4],
      ['240.0.0.0', 4],
      ['ff00::', 8],
    ],
  ],
  [
    'private',
    [
      ['10.0.0.0', 8],
      ['172.16.0.0', 12],
      ['192.168.0.0', 16],
      ['100.64.0.0', 10],
      ['198.18.0.0', 15],
      ['192.0.0.0', 24],
      ['fc00::', 7],
      ['fec0::', 10],
    ],
  ],
  [
    'reserved',
    [
      ['192.0.2.0', 24],
      ['198.51.100.0', 24],
      ['203.0.113.0', 24],
      ['192.88.99.0', 24],
      ['2001::', 23],
      ['2001:db8::', 32],
      ['3fff::', 20],
      ['100::', 64],
      ['5f00::', 16],
    ],
  ],
];

const LISTS = RANGES.map(([kind, ranges]) => {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');
  return { kind, list };
});

const LOCAL: ReadonlySet<AddressKind> = new Set(['loopback', 'unspecified', 'link-local', 'metadata']);

/** Whether a rule lets a request reach the address. */
export function isAllowed(address: string, rule: AddressRule): boolean {
  if (rule === 'any') return true;
  const kind = classifyAddress(address);
  if (kind === 'loopback') return rule === 'ordinary';
  return kind === 'public' || (kind === 'private' && rule !== 'public');
}

/** On this machine or its own wire: what `not-local` keeps off. Names are not resolved: they are not local. */
export function isLocalAddress(address: string): boolean {
  return LOCAL.has(classifyAddress(address));
}

export function isPublicAddress(address: string): boolean {
  return classifyAddress(address) === 'public';
}

/** The address may stand in brackets, as in URLs. */
export function classifyAddress(text: string): AddressKind {
  const address = withoutBrackets(text);
  const family = isIP(address);
  if (family === 0) return 'invalid';
  const carried = family === 6 ? carriedIpv4(groupsOf(address)) : undefined;
  if (carried !== undefined) return classifyAddress(carried);
  return LISTS.find(({ list }) => list.check(address, family === 6 ? 'ipv6' : 'ipv4'))?.kind ?? 'public';
}

/** The address that the host of a URL is or always means (RFC 6761: `localhost`); `undefined` for other names. */
export function literalAddress(hostname: string): string | undefined {
  const host = withoutBrackets(hostname).toLowerCase().replace(/\.$/, '');
  if (isIP(host) !== 0) return host;
  return host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : undefined;
}

/** `[::1]` → `::1` */
export function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
}

/** A request was about to reach an address that its rule forbids. Nothing was sent. Compare the name, not the class. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'ADDRESS_REFUSED';
  readonly host: string;
  readonly address: string;

  constructor(host: string, address: string) {
    super(`${host} is at ${address}, which is ${classifyAddress(address)}: not a place to be sent to`);
    this.host = host;
    this.address = address;
  }
}

export function isAddressRefused(value: unknown): value is AddressRefusedError {
  return value instanceof Error && value.name === 'AddressRefusedError';
}

/** `::ffff:a.b.c.d` (mapped), `::ffff:0:a.b.c.d` (translated), `::a.b.c.d` (compatible), `64:ff9b::/96` and `64:ff9b:1::/48` (NAT64), `2002::/16` (6to4). */
function carriedIpv4(groups: readonly number[]): string | undefined {
  const [first = 0, second = 0, third = 0] = groups;
  const [high = 0, low = 0] = groups.slice(6);
  const zeros = (from: number, to: number): boolean => groups.slice(from, to).every((group) => group === 0);
  const nat64 = first === 0x64 && second === 0xff9b && (zeros(2, 6) || third === 1);
  const mapped = zeros(0, 5) && groups[5] === 0xffff;
  const compatible = zeros(0, 6) && high !== 0;
  const translated = zeros(0, 4) && groups[4] === 0xffff && groups[5] === 0;
  if (nat64 || mapped || translated || compatible) return dotted(high, low);
  return first === 0x2002 ? dotted(second, third) : undefined;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight groups of an IPv6 address, whatever way it is written. */
function groupsOf(address: string): readonly number[] {
  const [plain = ''] = address.split('%');
  const hex = plain.replace(/\d+\.\d+\.\d+\.\d+$/, (ipv4) => {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail = []] = hex.split('::').map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = hex.includes('::') ? Array.from({ length: 8 - head.length - tail.length }, () => '0') : [];
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}
