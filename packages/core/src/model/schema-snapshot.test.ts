import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareSnapshots,
  schemaDigest,
  type SchemaDifference,
  type SchemaObject,
  type SchemaSnapshot,
} from './schema-snapshot.ts';

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
      differences: [
        { kind: 'table', name: 'public.t', change: 'removed', left: T.definition, right: null, properties: [] },
      ],
    },
    {
      why: 'an object on the right alone',
      left: snapshot(),
      right: snapshot(T),
      differences: [
        { kind: 'table', name: 'public.t', change: 'added', left: null, right: T.definition, properties: [] },
      ],
    },
    {
      why: 'another definition',
      left: snapshot(T),
      right: snapshot(object('public.t')),
      differences: [
        {
          kind: 'table',
          name: 'public.t',
          change: 'changed',
          left: T.definition,
          right: {},
          properties: [
            { property: 'columns', left: ['x', 'y'], right: null },
            { property: 'owner', left: 'a', right: null },
          ],
        },
      ],
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
    {
      why: 'kinds in the order in which people read them, names in theirs, kinds that nobody knows last',
      left: snapshot(object('a', {}, 'zone'), object('b', {}, 'index'), object('b'), object('a')),
      right: snapshot(object('a', {}, 'column'), object('x', {}, 'schema')),
      differences: ['schema x', 'table a', 'table b', 'column a', 'index b', 'zone a'].map((text) => {
        const [kind, name] = text.split(' ');
        return expect.objectContaining({ kind, name }) as unknown;
      }),
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
        expect(compareSnapshots(right, left).map(turn)).toEqual(differences);
      }),
    );
  });
});

describe('the properties of a changed object', () => {
  it.each([
    { why: 'a value', left: { type: 'int' }, right: { type: 'text' }, told: { left: 'int', right: 'text' } },
    { why: 'a property that came', left: {}, right: { type: 'text' }, told: { left: null, right: 'text' } },
    { why: 'false is not absent', left: { type: false }, right: {}, told: { left: false, right: null } },
    {
      why: 'items of a list that came and went',
      left: { type: ['a', 'b'] },
      right: { type: ['b', 'c', 'd'] },
      told: { left: ['a', 'b'], right: ['b', 'c', 'd'], added: ['c', 'd'], removed: ['a'] },
    },
    {
      why: 'a list in another order',
      left: { type: ['a', 'b'] },
      right: { type: ['b', 'a'] },
      told: { left: ['a', 'b'], right: ['b', 'a'], added: [], removed: [] },
    },
  ])('are those that differ: $why', ({ left, right, told }) => {
    const same = { owner: 'anna', columns: ['x'] };
    const [difference] = compareSnapshots(
      snapshot(object('t', { ...same, ...left })),
      snapshot(object('t', { ...same, ...right })),
    );
    expect(difference).toMatchObject({ change: 'changed', properties: [{ property: 'type', ...told }] });
    expect(difference?.properties).toHaveLength(1);
  });
});

const TURNED = { added: 'removed', removed: 'added', changed: 'changed' } as const;

function turn(difference: SchemaDifference): SchemaDifference {
  const properties = difference.properties.map((each) => ({ ...each, left: each.right, right: each.left }));
  const { left, right, change } = difference;
  return { ...difference, change: TURNED[change], left: right, right: left, properties };
}

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
