import { expect, it } from 'vitest';
import type { SchemaObject, SchemaSnapshot } from '../model/schema-snapshot.ts';
import { differInIndexesAlone, type IndexRepair } from './repaired-indexes.ts';

const index = (name: string, definition: SchemaObject['definition'] = {}): SchemaObject => {
  return { kind: 'index', name, definition: { definition: 'btree (at)', valid: false, ...definition } };
};
const of = (...objects: readonly SchemaObject[]): SchemaSnapshot => ({ objects });
const rebuilt = (name: string): IndexRepair => ({ kind: 'rebuild-index', index: name });
const dropped = (name: string): IndexRepair => ({ kind: 'drop-index', index: name });

const AT = index('app.orders.at');
const BUILT = index('app.orders.at', { valid: true });

it.each<{
  why: string;
  before: SchemaSnapshot;
  after: SchemaSnapshot;
  repairs: readonly IndexRepair[];
  expected: boolean;
}>([
  { why: 'it is valid now', before: of(AT), after: of(BUILT), repairs: [rebuilt('app.at')], expected: true },
  { why: 'nothing differs', before: of(AT), after: of(AT), repairs: [rebuilt('app.at')], expected: true },
  { why: 'it is gone', before: of(AT), after: of(), repairs: [dropped('app.at')], expected: true },
  {
    why: 'names are quoted, with dots and quotes in them',
    before: of(index('"a.b"."t.t"."i""."')),
    after: of(index('"a.b"."t.t"."i""."', { valid: true })),
    repairs: [rebuilt('"a.b"."i""."')],
    expected: true,
  },
  {
    why: 'several were repaired',
    before: of(AT, index('app.t.x_ccnew')),
    after: of(BUILT),
    repairs: [dropped('app.x_ccnew'), rebuilt('app.at')],
    expected: true,
  },
  { why: 'one was dropped by others', before: of(AT), after: of(), repairs: [rebuilt('app.at')], expected: false },
  { why: 'another index', before: of(AT), after: of(BUILT), repairs: [rebuilt('app.t')], expected: false },
  { why: 'of another schema', before: of(AT), after: of(BUILT), repairs: [rebuilt('ap.at')], expected: false },
  {
    why: 'it is another index by now',
    before: of(AT),
    after: of(index('app.orders.at', { definition: 'hash (at)', valid: true })),
    repairs: [rebuilt('app.at')],
    expected: false,
  },
  {
    why: 'a table of the name',
    before: of(),
    after: of({ kind: 'table', name: 'app.at', definition: {} }),
    repairs: [rebuilt('app.at')],
    expected: false,
  },
])('$why: $expected', ({ before, after, repairs, expected }) => {
  expect(differInIndexesAlone(before, after, repairs)).toBe(expected);
});
