import { describe, expect, it } from 'vitest';
import { classifyAddress, isAllowed, isLocalAddress, isPublicAddress, literalAddress } from './private-address.ts';

describe('classifyAddress', () => {
  it.each([
    { address: '140.82.121.33', kind: 'public', why: 'ghcr.io' },
    { address: '2606:50c0:8000::153', kind: 'public', why: 'a public IPv6 address' },
    { address: '127.0.0.1', kind: 'loopback', why: 'this machine' },
    { address: '127.255.255.254', kind: 'loopback', why: 'all of 127/8' },
    { address: '::1', kind: 'loopback', why: 'IPv6' },
    { address: '[::1]', kind: 'loopback', why: 'as a URL has it' },
    { address: '0:0:0:0:0:0:0:1', kind: 'loopback', why: 'written out' },
    { address: '::ffff:127.0.0.1', kind: 'loopback', why: 'mapped' },
    { address: '::ffff:7f00:1', kind: 'loopback', why: 'mapped, in hex' },
    { address: '::127.0.0.1', kind: 'loopback', why: 'compatible, long out of use' },
    { address: '64:ff9b::7f00:1', kind: 'loopback', why: 'through NAT64' },
    { address: '64:ff9b:1::a9fe:a9fe', kind: 'link-local', why: 'through local NAT64' },
    { address: '2002:7f00:1::', kind: 'loopback', why: 'through 6to4' },
    { address: '64:ff9b::8.8.8.8', kind: 'public', why: 'NAT64 to a public address' },
    { address: '0.0.0.0', kind: 'unspecified', why: 'reaches this machine on Linux' },
    { address: '::', kind: 'unspecified', why: 'as well' },
    { address: '169.254.169.254', kind: 'link-local', why: 'metadata of most clouds' },
    { address: 'fe80::1', kind: 'link-local', why: 'IPv6' },
    { address: 'fe80::1%eth0', kind: 'link-local', why: 'with a zone' },
    { address: 'fd00:ec2::254', kind: 'metadata', why: 'of EC2' },
    { address: '100.100.100.200', kind: 'metadata', why: 'of Alibaba Cloud, within CGNAT' },
    { address: '168.63.129.16', kind: 'metadata', why: 'of Azure' },
    { address: '::ffff:0:127.0.0.1', kind: 'loopback', why: 'translated (SIIT)' },
    { address: '::ffff:0:a9fe:a9fe', kind: 'link-local', why: 'translated, in hex' },
    { address: '2001:0:7f00:1::', kind: 'reserved', why: 'Teredo hides where it leads' },
    { address: '192.0.2.1', kind: 'reserved', why: 'for documents' },
    { address: '2001:db8::1', kind: 'reserved', why: 'for documents, IPv6' },
    { address: '2001:4860:4860::8888', kind: 'public', why: 'beside them' },
    { address: '10.1.2.3', kind: 'private', why: 'RFC 1918' },
    { address: '172.31.255.255', kind: 'private', why: 'the end of 172.16/12' },
    { address: '172.32.0.0', kind: 'public', why: 'beyond it' },
    { address: '192.168.0.1', kind: 'private', why: 'RFC 1918' },
    { address: '100.64.0.1', kind: 'private', why: 'CGNAT' },
    { address: 'fd12:3456::1', kind: 'private', why: 'unique local' },
    { address: '224.0.0.1', kind: 'multicast', why: 'IPv4' },
    { address: '255.255.255.255', kind: 'multicast', why: 'broadcast' },
    { address: 'ff02::1', kind: 'multicast', why: 'IPv6' },
    { address: 'ghcr.io', kind: 'invalid', why: 'a name' },
    { address: '127.1', kind: 'invalid', why: 'URL and the resolver would have written it out' },
  ])('takes $address for $kind: $why', ({ address, kind }) => {
    expect(classifyAddress(address)).toBe(kind);
  });
});

describe('the rules', () => {
  it.each([
    { address: '127.0.0.1', ordinary: true, notLocal: false, open: false },
    { address: '0.0.0.0', ordinary: false, notLocal: false, open: false },
    { address: '169.254.169.254', ordinary: false, notLocal: false, open: false },
    { address: 'fd00:ec2::254', ordinary: false, notLocal: false, open: false },
    { address: '10.0.0.1', ordinary: true, notLocal: true, open: false },
    { address: '224.0.0.1', ordinary: false, notLocal: false, open: false },
    { address: '198.51.100.1', ordinary: false, notLocal: false, open: false },
    { address: '8.8.8.8', ordinary: true, notLocal: true, open: true },
    { address: 'nonsense', ordinary: false, notLocal: false, open: false },
  ])('judge $address', ({ address, ordinary, notLocal, open }) => {
    const rules = ['any', 'ordinary', 'not-local', 'public'] as const;
    expect(rules.map((rule) => isAllowed(address, rule))).toEqual([true, ordinary, notLocal, open]);
    expect(isPublicAddress(address)).toBe(open);
  });

  it.each([
    { address: '::1', local: true },
    { address: '192.168.1.1', local: false },
    { address: 'localhost', local: false },
  ])('call $address local: $local', ({ address, local }) => {
    expect(isLocalAddress(address)).toBe(local);
  });
});

describe('literalAddress', () => {
  it.each([
    { host: '[::1]', address: '::1' },
    { host: '10.0.0.1', address: '10.0.0.1' },
    { host: 'localhost', address: '127.0.0.1' },
    { host: 'LOCALHOST.', address: '127.0.0.1' },
    { host: 'registry.localhost', address: '127.0.0.1' },
    { host: 'notlocalhost', address: undefined },
    { host: 'ghcr.io', address: undefined },
  ])('of $host is $address', ({ host, address }) => {
    expect(literalAddress(host)).toBe(address);
  });
});
