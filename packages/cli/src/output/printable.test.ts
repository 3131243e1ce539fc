import { describe, expect, it } from 'vitest';
import { createPaint } from './paint.ts';
import { toPrintable, widthOf } from './printable.ts';
import { formatTable } from './table.ts';

it.each([
  { text: 'plain\n\ttext', shown: 'plain\n\ttext', why: 'line feeds and tabs are text' },
  { text: 'a\r\nb\rc', shown: 'a\nb\\x0dc', why: 'a lone return would write over the line' },
  { text: '\u001b[31mred\u001b[39m', shown: '\u001b[31mred\u001b[39m', why: 'our own colours' },
  { text: '\u001b[8mhidden', shown: '\\x1b[8mhidden', why: 'no colour of ours' },
  { text: '\u001b]0;title\u0007', shown: '\\x1b]0;title\\x07', why: 'window titles' },
  { text: 'a\u202eb', shown: 'a\\u202eb', why: 'text that runs backwards' },
  { text: '\u0085[1m', shown: '\\x85[1m', why: 'a control character is no escape' },
])('shows $text as $shown: $why', ({ text, shown }) => {
  expect(toPrintable(text)).toBe(shown);
});

it.each([
  { text: 'größe', width: 5, why: 'letters' },
  { text: 'o\u0308', width: 1, why: 'a combining mark takes no room' },
  { text: '日本', width: 4, why: 'ideographs take two columns' },
  { text: '🚀', width: 2, why: 'so do emoji' },
])('$text is $width wide: $why', ({ text, width }) => {
  expect(widthOf(text)).toBe(width);
});

describe('formatTable', () => {
  it('aligns columns, whatever they hold', () => {
    const rows = [
      { name: 'a', count: 1 },
      { name: '日本\nx', count: 100 },
    ];
    const lines = formatTable(
      [
        { title: 'NAME', cell: ({ name }) => name },
        { title: 'N', align: 'right', cell: ({ count }) => String(count) },
        { title: 'LAST', cell: () => '' },
      ],
      rows,
    );
    expect(lines).toEqual(['NAME      N  LAST', 'a         1', '日本 x  100']);
  });

  it('is nothing without rows', () => {
    expect(formatTable([{ title: 'A', cell: () => '' }], [])).toEqual([]);
  });
});

it.each([
  { isTTY: true, color: true, env: {}, painted: true, why: 'a terminal' },
  { isTTY: false, color: true, env: {}, painted: false, why: 'no terminal' },
  { isTTY: true, color: false, env: { FORCE_COLOR: '1' }, painted: false, why: 'the flag goes first' },
  { isTTY: true, color: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, painted: false, why: 'then NO_COLOR' },
  { isTTY: true, color: true, env: { NO_COLOR: '' }, painted: true, why: 'an empty NO_COLOR says nothing' },
  { isTTY: false, color: true, env: { FORCE_COLOR: '1' }, painted: true, why: 'then FORCE_COLOR' },
  { isTTY: true, color: true, env: { FORCE_COLOR: '0' }, painted: false, why: 'which can say no, too' },
  { isTTY: true, color: true, env: { TERM: 'dumb' }, painted: false, why: 'a terminal without colours' },
])('paints $painted: $why', ({ isTTY, color, env, painted }) => {
  expect(createPaint({ isTTY }, { color, env }).red('x') !== 'x').toBe(painted);
});
