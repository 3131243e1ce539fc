import { describe, expect, it } from 'vitest';

import { DOCKER_HUB, parseRegistryHost } from './registry-host.ts';

describe('parseRegistryHost', () => {
  it.each([
    { text: 'ghcr.io', expected: 'ghcr.io', why: 'a name' },
    { text: 'localhost', expected: 'localhost', why: 'the one bare word that is a host' },
    { text: 'registry:5000', expected: 'registry:5000', why: 'a port makes a bare word a host' },
    { text: 'LOCALDOMAIN', expected: 'LOCALDOMAIN', why: 'no repository is uppercase, so this is a host' },
    { text: '192.168.1.1:5000', expected: '192.168.1.1:5000', why: 'an IPv4 address' },
    { text: '[::1]:5000', expected: '[::1]:5000', why: 'an IPv6 address' },
    { text: '[2001:db8:1:2:3:4:5:6]', expected: '[2001:db8:1:2:3:4:5:6]', why: 'all eight groups' },
    { text: '[2001:DB8::]', expected: '[2001:DB8::]', why: 'uppercase groups, the end left out' },
    { text: 'xn--n3h.com', expected: 'xn--n3h.com', why: 'punycode' },
    { text: 'index.docker.io', expected: 'docker.io', why: "Docker Hub's old name" },
    { text: 'host.example:65535', expected: 'host.example:65535', why: 'the last port' },
  ])('reads $text as $expected: $why', ({ text, expected }) => {
    expect(parseRegistryHost(text)).toBe(expected);
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: 'library', why: 'a bare word is the start of a Docker Hub repository' },
    { text: 'https:', why: 'a scheme' },
    { text: 'ghcr.io:', why: 'no port after the colon' },
    { text: 'ghcr.io:0', why: 'port 0' },
    { text: 'ghcr.io:0443', why: 'one spelling for one port' },
    { text: 'ghcr.io:65536', why: 'beyond the last port' },
    { text: '-a.io', why: 'a label begins with a letter or digit' },
    { text: 'a-.io', why: 'a label ends with one' },
    { text: 'a..io', why: 'an empty label' },
    { text: 'a_b.io', why: 'no underscore' },
    { text: 'user@ghcr.io', why: 'no credentials' },
    { text: '::1', why: 'IPv6 without brackets' },
    { text: '[fe80::1%eth0]', why: 'a zone' },
    { text: '[::192.0.2.33]', why: 'embedded IPv4' },
    { text: '[1::2::3]', why: 'two gaps' },
    { text: '[1:::2]', why: 'three colons' },
    { text: '[1:2:3]', why: 'too few groups' },
    { text: '[1:2:3:4:5:6:7:8:9]', why: 'too many groups' },

    { text: '[1:2:3:4:5:6:7::8]', why: 'a gap with nothing left out' },
    { text: '[12345::]', why: 'five digits in a group' },
    { text: `${'a.'.repeat(129)}io`, why: 'longer than any DNS name with a port' },
  ])('refuses "$text": $why', ({ text }) => {
    expect(parseRegistryHost(text)).toBeUndefined();
  });

  it('knows Docker Hub by the name references use', () => {
    expect(parseRegistryHost('docker.io')).toBe(DOCKER_HUB);
  });
});
