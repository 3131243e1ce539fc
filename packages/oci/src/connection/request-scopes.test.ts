import { parseRegistryHost, parseRepositoryName, type RegistryHost, type RepositoryName } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { findProfile } from '../registry/profiles.ts';
import { scopesOf } from './request-scopes.ts';

const name = (text: string): RepositoryName => parseRepositoryName(text) as RepositoryName;
const profileOf = (host: string) => findProfile(parseRegistryHost(host) as RegistryHost);

describe('scopesOf', () => {
  it.each([
    { host: 'ghcr.io', action: 'pull', scopes: ['repository:a/b:pull'], why: 'reading' },
    { host: 'ghcr.io', action: 'push', scopes: ['repository:a/b:pull,push'], why: 'writing reads too' },
    { host: 'harbor.corp', action: 'delete', scopes: ['repository:a/b:pull,delete'], why: 'deleting' },
    { host: 'quay.io', action: 'delete', scopes: ['repository:a/b:pull,push'], why: 'Quay refuses to hear of delete' },
  ] as const)('for $action at $host are $scopes: $why', ({ host, action, scopes }) => {
    expect(scopesOf({ action }, name('a/b'), profileOf(host))).toEqual(scopes);
  });

  it.each([
    { from: 'c/d', scopes: ['repository:a/b:pull,push', 'repository:c/d:pull'], why: 'another repository' },
    { from: 'a/b', scopes: ['repository:a/b:pull,push'], why: 'the same one' },
  ])('with a mount from $from are $scopes: $why', ({ from, scopes }) => {
    expect(scopesOf({ action: 'push', mountFrom: name(from) }, name('a/b'), profileOf('ghcr.io'))).toEqual(scopes);
  });
});
