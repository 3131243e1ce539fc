import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSnapshots, schemaDigest, type SchemaObject, type SchemaSnapshot } from './schema-snapshot.ts';

const object = (name: string, definition: SchemaObject['definition'] = {}, kind = 'table'): SchemaObject => ({
  kind,
  name,
  definition,
});
const snapshot = (...objects: readonly SchemaObject[]): SchemaSnapshot => ({ objects });

describe('compareSnapshots', () => {
  const T = object('public.t', { owner: 'a', columns: ['x', 'y'] });
  it.each<{ why: string; left: SchemaSnapshot; right: SchemaSnapshot; differences: unknown[] }>([
    { why: 'two empty schemas', left: snapshot(), right: snapshot(), differences: [] },
    { why: 'the same object', left: snapshot(T), right: snapshot(T), differences: [] },
    {
      why: 'the same in another order',
      left: snapshot(T, object('u')),
      right: snapshot(object('u'), T),
      differences: [],
    },
    {
      why: 'keys in another order',
      left: snapshot(T),
      right: snapshot(object('public.t', { columns: ['x', 'y'], owner: 'a' })),
      differences: [],
    },
    {
      why: 'an object on the left alone',
      left: snapshot(T),
      right: snapshot(),
      differences: [{ kind: 'table', name: 'public.t', left: T.definition, right: null }],
    },
    {
      why: 'an object on the right alone',
      left: snapshot(),
      right: snapshot(T),
      differences: [{ kind: 'table', name: 'public.t', left: null, right: T.definition }],
    },
    {
      why: 'another definition',
      left: snapshot(T),
      right: snapshot(object('public.t')),
      differences: [{ kind: 'table', name: 'public.t', left: T.definition, right: {} }],
    },
    {
      why: 'items in another order: they are a list',
      left: snapshot(T),
      right: snapshot(object('public.t', { owner: 'a', columns: ['y', 'x'] })),
      differences: [expect.objectContaining({ name: 'public.t' })],
    },
    {
      why: 'null and absent',
      left: snapshot(object('t', { a: null })),
      right: snapshot(object('t')),
      differences: [expect.objectContaining({ name: 't' })],
    },
    {
      why: 'one name of two kinds',
      left: snapshot(object('t')),
      right: snapshot(object('t', {}, 'view')),
      differences: [
        expect.objectContaining({ kind: 'table', right: null }),
        expect.objectContaining({ kind: 'view', left: null }),
      ],
    },
  ])('$why', ({ left, right, differences }) => expect(compareSnapshots(left, right)).toEqual(differences));

  const objects = fc
    .uniqueArray(
      fc.record({
        kind: fc.constantFrom('table', 'view'),
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        definition: fc.dictionary(fc.constantFrom('x', 'y'), fc.nat(1)),
      }),
      { selector: ({ kind, name }) => `${kind} ${name}` },
    )
    .map((list) => snapshot(...list));

  it('is empty exactly when the digests of the sorted snapshots are one, and turns with its sides', () => {
    fc.assert(
      fc.property(objects, objects, (left, right) => {
        const differences = compareSnapshots(left, right);
        expect(differences.length === 0).toBe(schemaDigest(sorted(left)) === schemaDigest(sorted(right)));
        const turned = compareSnapshots(right, left).map((each) => ({ ...each, left: each.right, right: each.left }));
        expect(turned).toEqual(differences);
      }),
    );
  });
});

function sorted({ objects }: SchemaSnapshot): SchemaSnapshot {
  const key = ({ kind, name }: SchemaObject): string => `${kind} ${name}`;
  return { objects: objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

describe('schemaDigest', () => {
  it('does not change: ledgers hold it', () => {
    expect(schemaDigest(snapshot())).toBe('sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945');
    expect(schemaDigest(snapshot(object('t', { b: 1, a: ['x'] })))).toBe(
      schemaDigest(snapshot(object('t', { a: ['x'], b: 1 }))),
    );
  });
});
