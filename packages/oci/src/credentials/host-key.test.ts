import { describe, expect, it } from 'vitest';
import { namesHost, parseHostKey, serverAddress } from './host-key.ts';

describe('parseHostKey', () => {
  it.each([
    { key: 'ghcr.io', host: 'ghcr.io', namespace: '', why: 'a host' },
    { key: 'GHCR.io', host: 'ghcr.io', namespace: '', why: 'hosts know no case' },
    { key: 'https://ghcr.io', host: 'ghcr.io', namespace: '', why: 'a URL' },
    { key: 'HTTP://ghcr.io/', host: 'ghcr.io', namespace: '', why: 'schemes know no case either' },
    { key: 'ghcr.io/v2/', host: 'ghcr.io', namespace: '', why: 'the root of the API' },
    { key: 'https://ghcr.io/v1', host: 'ghcr.io', namespace: '', why: 'the root of the old API' },
    { key: 'localhost:5000', host: 'localhost:5000', namespace: '', why: 'a port' },
    { key: '[::1]:5000', host: '[::1]:5000', namespace: '', why: 'an address' },
    { key: 'ghcr.io/myorg/app', host: 'ghcr.io', namespace: 'myorg/app', why: 'a namespace' },
    { key: 'ghcr.io/v2/app', host: 'ghcr.io', namespace: 'v2/app', why: 'v2 may begin the name of a repository' },
    { key: 'https://index.docker.io/v1/', host: 'docker.io', namespace: '', why: "Docker's key for its Hub" },
    { key: 'index.docker.io', host: 'docker.io', namespace: '', why: 'the old host' },
    { key: 'registry-1.docker.io', host: 'docker.io', namespace: '', why: 'the host of the API' },
    { key: 'docker.io/myorg', host: 'docker.io', namespace: 'myorg', why: 'a namespace of the Hub' },
    {
      key: 'https://index.docker.io/v1/access-token',
      host: 'docker.io',
      namespace: 'v1/access-token',
      why: 'what Docker Desktop keeps for itself is not the login',
    },
  ])('reads $key: $why', ({ key, host, namespace }) => {
    expect(parseHostKey(key)).toEqual({ host, namespace });
  });

  it.each([
    { key: '', why: 'nothing' },
    { key: 'https://', why: 'no host' },
    { key: '/path', why: 'a path' },
    { key: 'user@ghcr.io', why: 'a user' },
    { key: 'https://ghcr.io@evil.com/', why: 'a host that pretends' },
  ])('finds no registry in "$key": $why', ({ key }) => {
    expect(parseHostKey(key)).toBeUndefined();
  });
});

describe('namesHost', () => {
  it.each([
    { key: 'ghcr.io.evil.com', host: 'ghcr.io', why: 'it only begins so' },
    { key: 'evilghcr.io', host: 'ghcr.io', why: 'it only ends so' },
    { key: 'ghcr.io', host: 'a.ghcr.io', why: 'a domain is not its hosts' },
    { key: 'a.ghcr.io', host: 'ghcr.io', why: 'nor a host its domain' },
    { key: 'ghcr.io:443', host: 'ghcr.io', why: 'a port makes it another' },
    { key: 'localhost:5000', host: 'localhost:5001', why: 'so does another port' },
    { key: 'localhost', host: 'localhost:5000', why: 'and no port' },
    { key: 'ghcr.io.', host: 'ghcr.io', why: 'a dot at the end' },
    { key: 'hub.docker.com', host: 'docker.io', why: 'the web site of the Hub' },
    { key: 'docker.io.evil.com', host: 'docker.io', why: 'no part of the Hub' },
    { key: '__proto__', host: 'ghcr.io', why: 'a name that JavaScript knows' },
    { key: 'ghcr.io/myorg', host: 'ghcr.io', why: 'a part is not the whole' },
    { key: 'ftp://ghcr.io', host: 'ghcr.io', why: 'another scheme' },
  ])('$key is not $host: $why', ({ key, host }) => {
    expect(namesHost(key, host)).toBe(false);
    expect(namesHost(host, key)).toBe(false);
  });
});

describe('serverAddress', () => {
  it.each([
    { host: 'docker.io', address: 'https://index.docker.io/v1/', why: "Docker's word for its Hub" },
    { host: 'registry-1.docker.io', address: 'https://index.docker.io/v1/', why: 'under any of its names' },
    { host: 'Localhost:5000', address: 'localhost:5000', why: 'others as they are' },
  ])('says $address for $host: $why', ({ host, address }) => {
    expect(serverAddress(host)).toBe(address);
    expect(namesHost(address, host)).toBe(true);
  });
});
