import { describe, expect, it } from 'vitest';
import { parseRegistryAddress } from './registry-address.ts';

describe('parseRegistryAddress', () => {
  it.each([
    { text: 'ghcr.io', host: 'ghcr.io', protocol: 'https:', why: 'a host' },
    { text: 'https://ghcr.io', host: 'ghcr.io', protocol: 'https:', why: 'with its scheme' },
    { text: 'HTTPS://GHCR.io/v2/', host: 'ghcr.io', protocol: 'https:', why: 'as a file may have it' },
    { text: ' ghcr.io/ ', host: 'ghcr.io', protocol: 'https:', why: 'a slash and white space' },
    { text: 'docker.io', host: 'docker.io', protocol: 'https:', why: 'Docker Hub' },
    {
      text: 'https://index.docker.io/v1/',
      host: 'docker.io',
      protocol: 'https:',
      why: 'Docker Hub as Docker writes it',
    },
    { text: 'registry-1.docker.io', host: 'docker.io', protocol: 'https:', why: 'Docker Hub by the name of its API' },
    { text: 'registry.corp:8443', host: 'registry.corp:8443', protocol: 'https:', why: 'a port' },
    { text: 'https://registry', host: 'registry:443', protocol: 'https:', why: 'a bare word, with a scheme' },
    { text: 'localhost:5000', host: 'localhost:5000', protocol: undefined, why: 'this machine may do without TLS' },
    { text: '[::1]:5000', host: '[::1]:5000', protocol: undefined, why: 'this machine by IPv6' },
    { text: '127.0.0.2', host: '127.0.0.2', protocol: undefined, why: 'this machine by IPv4' },
    { text: 'http://localhost:5000', host: 'localhost:5000', protocol: 'http:', why: 'http to this machine' },
    { text: 'https://localhost:5000', host: 'localhost:5000', protocol: 'https:', why: 'https to this machine' },
  ])('reads "$text" as $host, $protocol: $why', ({ text, host, protocol }) => {
    expect(parseRegistryAddress(text)).toMatchObject({ host, protocol });
  });

  it.each([
    { text: 'registry.corp:5000', protocol: undefined, why: 'it has to be found out' },
    { text: 'http://registry.corp', protocol: 'http:', why: 'asked for' },
    { text: 'https://registry.corp', protocol: 'https:', why: 'asked for' },
  ])('with insecure, "$text" is $protocol: $why', ({ text, protocol }) => {
    expect(parseRegistryAddress(text, true).protocol).toBe(protocol);
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: 'registry', why: 'a bare word is a repository' },
    { text: 'ghcr.io/myorg/app', why: 'a repository' },
    { text: 'https://ghcr.io/v2/?x=1', why: 'a query' },
    { text: 'ftp://ghcr.io', why: 'another protocol' },
    { text: 'https://me:s3cret@ghcr.io', why: 'a password' },
    { text: 'me:s3cret@ghcr.io', why: 'a password without scheme' },
    { text: 'https://ghcr.io/?token=s3cret', why: 'a secret in a query' },
    { text: 'https://ghcr.io/#s3cret', why: 'a secret in a fragment' },
    { text: 'me:s3cret%40ghcr.io', why: 'a password, percent-encoded' },
    { text: 'me:s3cret', why: 'a password alone' },
    { text: 'https://ghcr.io\\s3cret', why: 'a back slash' },
    { text: 'ghcr.io:99999', why: 'no such port' },
    { text: 'http://ghcr.io', why: 'plain http to another machine' },
    { text: 'http://10.0.0.1:5000', why: 'plain http to another machine of the network' },
  ])('refuses "$text": $why', ({ text }) => {
    const parse = (): unknown => parseRegistryAddress(text);
    expect(parse).toThrow(expect.objectContaining({ code: 'USAGE_INVALID', details: { argument: 'registry' } }));
    expect(parse).not.toThrow(/s3cret/);
  });
});
