import { compareSnapshots, type SchemaObject } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { createPaint, PLAIN } from './paint.ts';
import { countDifferences, differenceLines } from './schema-differences.ts';

const object = (kind: string, name: string, definition: SchemaObject['definition'] = {}): SchemaObject => {
  return { kind, name, definition };
};

function linesOf(left: readonly SchemaObject[], right: readonly SchemaObject[], paint = PLAIN): readonly string[] {
  return differenceLines(compareSnapshots({ objects: left }, { objects: right }), paint);
}

describe('differenceLines', () => {
  const column = (definition: SchemaObject['definition']): SchemaObject =>
    object('column', 'public.orders.total', definition);
  const long = (length: number): string => 'x'.repeat(length);

  it.each([
    {
      left: [],
      right: [column({ type: 'text' })],
      lines: ['+ column public.orders.total  text'],
      why: 'what a column holds',
    },
    { left: [object('view', 'public.v')], right: [], lines: ['- view public.v'], why: 'of the first alone' },
    {
      left: [column({ type: 'integer' })],
      right: [column({ type: 'bigint' })],
      lines: ['~ column public.orders.total  type: integer → bigint'],
      why: 'one property, one line',
    },
    {
      left: [column({ notNull: true, default: '0' })],
      right: [column({ notNull: false, default: null, comment: '' })],
      lines: ["~ column public.orders.total  comment: none → '', default: 0 → none, notNull: yes → no"],
      why: 'values as people say them',
    },
    {
      left: [object('table', 'public.t', { grants: ['a', 'b'], options: ['x', 'y'] })],
      right: [object('table', 'public.t', { grants: ['b', 'c'], options: ['y', 'x'] })],
      lines: ['~ table public.t  grants: -a +c, options: in another order'],
      why: 'lists by their items',
    },
    {
      left: [object('view', 'public.v', { definition: 'SELECT 1,\n  2' })],
      right: [object('view', 'public.v', { definition: 'SELECT 1,\n  3' })],
      lines: ['~ view public.v', '    definition:', '      -   2', '      +   3'],
      why: 'of a text the lines that differ',
    },
    {
      left: [object('view', 'public.v', { definition: `a\n${long(70)}` })],
      right: [object('view', 'public.v', { definition: `${long(70)}\na` })],
      lines: ['~ view public.v', '    definition:', '      the same lines, in another order'],
      why: 'nothing but the order',
    },
    {
      left: [object('type', 'public.e', { a: long(50), b: long(50) })],
      right: [object('type', 'public.e', { a: 'y', b: 'z' })],
      lines: ['~ type public.e', `    a: ${long(50)} → y`, `    b: ${long(50)} → z`],
      why: 'too long for one line',
    },
  ])('$lines.0: $why', ({ left, right, lines }) => {
    expect(linesOf(left, right)).toEqual(lines);
  });

  it('counts the parts of a table that came with it', () => {
    const parts = ['column', 'column', 'index', 'index', 'policy', 'policy', 'constraint'];
    const all = parts.map((kind, at) => object(kind, `public.t.p${at}`));
    expect(linesOf([], [object('table', 'public.t'), ...all])).toEqual([
      '+ table public.t (2 columns, 1 constraint, 2 indexes, 2 policies)',
    ]);
  });

  it('shows the beginning of what is long', () => {
    const text = (word: string): string => Array.from({ length: 13 }, (_, at) => `${word} ${at}`).join('\n');
    const lines = linesOf([object('view', 'v', { d: text('a') })], [object('view', 'v', { d: text('b') })]);
    expect(lines).toHaveLength(2 + 2 * 11);
    expect(lines[12]).toBe('      - … and 3 more lines');
  });

  it('says + and - in colours, too', () => {
    const paint = createPaint({ isTTY: true }, { color: true, env: {} });
    const lines = linesOf([object('view', 'a')], [object('view', 'b')], paint);
    expect(lines).toEqual(['\u001b[31m- view a\u001b[39m', '\u001b[32m+ view b\u001b[39m']);
  });
});

it.each([
  { count: 1, text: '1 object differs' },
  { count: 3, text: '3 objects differ' },
])('$text', ({ count, text }) => {
  const right = Array.from({ length: count }, (_, at) => object('table', `t${at}`));
  expect(countDifferences(compareSnapshots({ objects: [] }, { objects: right }))).toBe(text);
});
