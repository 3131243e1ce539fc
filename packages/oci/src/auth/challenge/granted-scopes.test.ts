import { describe, expect, it } from 'vitest';
import { grantedScopes } from './granted-scopes.ts';

const place = { registry: 'r.io', repository: 'a/b' };

describe('grantedScopes', () => {
  it.each([
    { demanded: 'repository:a/b:pull', kept: 'repository:a/b:pull', why: 'its own repository' },
    { demanded: 'repository:a/b:push,metadata', kept: 'repository:a/b:push,metadata', why: 'more than it knew of' },
    { demanded: 'repository:a/b:pull,delete', kept: 'repository:a/b:pull', why: 'not to delete' },
    { demanded: 'repository:a/b:*', kept: undefined, why: 'not everything' },
    { demanded: 'repository(plugin):a/b:pull', kept: 'repository(plugin):a/b:pull', why: 'with a class' },
    { demanded: 'repository:base:pull,push', kept: 'repository:base:pull', why: 'to read what is mounted' },
    { demanded: 'repository:else:pull', kept: undefined, why: 'no other repository' },
    { demanded: 'registry:catalog:*', kept: undefined, why: 'not the catalog' },
    { demanded: 'aws', kept: 'aws', why: 'Amazon’s' },
    { demanded: '*', kept: '*', why: 'Gitea’s' },
  ])('for a push, $demanded: $why', ({ demanded, kept }) => {
    const scopes = ['repository:a/b:pull,push', 'repository:base:pull'];
    const granted = grantedScopes([demanded], { method: 'POST', place, scopes });
    expect(granted).toEqual(kept === undefined ? [] : [kept]);
  });

  it('keeps the right to delete for who deletes, in its own repository', () => {
    const demanded = ['repository:a/b:delete', 'repository:else:delete'];
    expect(grantedScopes(demanded, { method: 'DELETE', place })).toEqual(['repository:a/b:delete']);
  });

  it('keeps the catalog for what concerns no repository', () => {
    const request = { method: 'GET', place: { ...place, repository: null } } as const;
    expect(grantedScopes(['registry:catalog:*'], request)).toEqual(['registry:catalog:*']);
  });
});
