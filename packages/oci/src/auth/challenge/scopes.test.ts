import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversScopes, mergeScopes, parseScopes } from './scopes.ts';

describe('mergeScopes', () => {
  it.each([
    { lists: [], merged: [], why: 'nothing' },
    {
      lists: [['repository:a:pull'], ['repository:a:pull,push']],
      merged: ['repository:a:pull,push'],
      why: 'one resource',
    },
    {
      lists: [['repository:b:pull', 'repository:a:push,pull']],
      merged: ['repository:a:pull,push', 'repository:b:pull'],
      why: 'in order, resources and actions',
    },
    { lists: [['repository:a:pull', 'repository:a:*']], merged: ['repository:a:*'], why: '* is every action' },
    {
      lists: [['repository:host:5000/a:pull'], ['repository:host:5000/a:push']],
      merged: ['repository:host:5000/a:pull,push'],
      why: 'a name with a colon',
    },
    {
      lists: [['aws', 'aws', 'registry:catalog:*']],
      merged: ['aws', 'registry:catalog:*'],
      why: 'scopes of another form',
    },
    {
      lists: [['repository(plugin):a:pull', 'repository:a:pull']],
      merged: ['repository(plugin):a:pull', 'repository:a:pull'],
      why: 'a class makes it another resource',
    },
  ])('$why: $merged', ({ lists, merged }) => {
    expect(mergeScopes(...lists)).toEqual(merged);
  });
});

describe('coversScopes', () => {
  it.each([
    { held: [], wanted: [], covers: true, why: 'nothing is wanted' },
    { held: ['repository:a:pull'], wanted: [], covers: true, why: 'any token will do where nothing is wanted' },
    { held: ['repository:a:pull,push'], wanted: ['repository:a:pull'], covers: true, why: 'fewer actions' },
    { held: ['repository:a:pull'], wanted: ['repository:a:pull,push'], covers: false, why: 'one action more' },
    { held: ['repository:a:*'], wanted: ['repository:a:delete'], covers: true, why: '* is every action' },
    {
      held: ['repository:a:pull,push'],
      wanted: ['repository:a:*'],
      covers: false,
      why: 'two actions are not every one',
    },
    { held: ['repository:a:pull'], wanted: ['repository:b:pull'], covers: false, why: 'another resource' },
    {
      held: ['repository:a:pull,push', 'repository:b:pull'],
      wanted: ['repository:b:pull', 'repository:a:pull'],
      covers: true,
      why: 'two resources',
    },
    { held: ['repository:a:pull'], wanted: ['repository:a:pull', 'aws'], covers: false, why: 'one of two is missing' },
    { held: ['repository:ab:pull'], wanted: ['repository:a:pull'], covers: false, why: 'a longer name' },
  ])('$held covers $wanted: $covers, $why', ({ held, wanted, covers }) => {
    expect(coversScopes(held, wanted)).toBe(covers);
  });

  it('finds in a merged list each of its parts, and merging again changes nothing', () => {
    const scope = fc
      .tuple(fc.constantFrom('a', 'b', 'c:5000/d'), fc.subarray(['pull', 'push', 'delete', '*'], { minLength: 1 }))
      .map(([name, actions]) => `repository:${name}:${actions.join(',')}`);
    const scopes = fc.array(fc.oneof(scope, fc.constant('aws')), { maxLength: 6 });
    fc.assert(
      fc.property(scopes, scopes, (one, two) => {
        const merged = mergeScopes(one, two);
        expect(coversScopes(merged, one) && coversScopes(merged, two)).toBe(true);
        expect(mergeScopes(merged)).toEqual(merged);
        expect(mergeScopes(two, one)).toEqual(merged);
      }),
    );
  });
});

describe('parseScopes', () => {
  it.each([
    { text: '', scopes: [], why: 'none' },
    { text: 'repository:b:pull repository:a:pull', scopes: ['repository:a:pull', 'repository:b:pull'], why: 'two' },
    { text: '  repository:a:pull  ', scopes: ['repository:a:pull'], why: 'white space' },
    { text: `bad\nscope ${'x'.repeat(2_000)} aws`, scopes: ['aws'], why: 'what cannot be a scope is left out' },
  ])('$why', ({ text, scopes }) => {
    expect(parseScopes(text)).toEqual(scopes);
  });

  it('takes no endless list', () => {
    expect(parseScopes(Array.from({ length: 500 }, (_, index) => `s${index}`).join(' '))).toHaveLength(32);
  });
});
