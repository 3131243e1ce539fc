import { describe, expect, it } from 'vitest';
import { summarizeDifferences } from './difference-summary.ts';
import type { SchemaDifference, SchemaObject } from './schema-snapshot.ts';

type Row = readonly [
  change: SchemaDifference['change'],
  kind: string,
  name: string,
  definition?: SchemaObject['definition'],
];

function differencesOf(rows: readonly Row[]): readonly SchemaDifference[] {
  return rows.map(([change, kind, name, definition = {}]) => ({
    kind,
    name,
    change,
    left: change === 'added' ? null : definition,
    right: change === 'removed' ? null : definition,
    properties: [],
  }));
}

describe('summarizeDifferences', () => {
  it.each<{ why: string; rows: readonly Row[]; told: readonly string[] }>([
    { why: 'nothing', rows: [], told: [] },
    {
      why: 'a table that is gone takes its parts with it',
      rows: [
        ['removed', 'sequence', 'app.users_id_seq', { ownedBy: 'app.users.id' }],
        ['removed', 'table', 'app.users'],
        ['removed', 'column', 'app.users.id'],
        ['removed', 'column', 'app.users.name'],
        ['removed', 'index', 'app.users.users_pkey'],
      ],
      told: ['removed table app.users (1 sequence, 2 column, 1 index)'],
    },
    {
      why: 'parts of a table that is on both sides are told',
      rows: [
        ['added', 'column', 'app.users.id'],
        ['changed', 'index', 'app.users.i'],
      ],
      told: ['added column app.users.id', 'changed index app.users.i'],
    },
    {
      why: 'names that begin alike are not the same table, and dots in quotes separate nothing',
      rows: [
        ['added', 'table', 'app."a.b"'],
        ['added', 'column', 'app."a.b"."c.d"'],
        ['added', 'column', 'app."a.b2".c'],
        ['added', 'column', 'app.a.c'],
      ],
      told: ['added table app."a.b" (1 column)', 'added column app."a.b2".c', 'added column app.a.c'],
    },
    {
      why: 'a part that came is no part of a table that went',
      rows: [
        ['removed', 'table', 'app.t'],
        ['added', 'trigger', 'app.t.x'],
      ],
      told: ['removed table app.t', 'added trigger app.t.x'],
    },
    {
      why: 'a sequence of its own, and a function with a name like a part',
      rows: [
        ['added', 'table', 'app.t'],
        ['added', 'sequence', 'app.t.s'],
        ['added', 'function', 'app.t.f()'],
      ],
      told: ['added table app.t', 'added sequence app.t.s', 'added function app.t.f()'],
    },
    {
      why: 'an index of a materialized view',
      rows: [
        ['added', 'index', 'app.mv.i'],
        ['added', 'materialized view', 'app.mv'],
      ],
      told: ['added materialized view app.mv (1 index)'],
    },
  ])('$why', ({ rows, told }) => {
    const lines = summarizeDifferences(differencesOf(rows)).map(({ difference: { change, kind, name }, parts }) => {
      const more = parts.map((part) => `${part.count} ${part.kind}`).join(', ');
      return `${change} ${kind} ${name}${more === '' ? '' : ` (${more})`}`;
    });
    expect(lines).toEqual(told);
  });
});
