import { describe, expect, it } from 'vitest';
import { createPositionCursor, formatExcerpt, toPrintable } from './position.ts';

describe('createPositionCursor', () => {
  it.each([
    { text: 'ab', offset: 0, line: 1, column: 1, why: 'counting begins at one' },
    { text: 'a\nb', offset: 2, line: 2, column: 1, why: 'a line begins after its newline' },
    { text: 'a\n\nb', offset: 2, line: 2, column: 1, why: 'an empty line is a line' },
    { text: 'é😀x', offset: 6, line: 1, column: 3, why: 'columns are code points, offsets bytes' },
    { text: '\tx', offset: 1, line: 1, column: 2, why: 'a tab is one column' },
    { text: 'ab', offset: 2, line: 1, column: 3, why: 'the end of the text is a position' },
  ])('$text at $offset is $line:$column: $why', ({ text, offset, line, column }) => {
    expect(createPositionCursor(Buffer.from(text))(offset)).toEqual({ line, column, offset });
  });

  it('goes on from the last offset and refuses to go back', () => {
    const positionOf = createPositionCursor(Buffer.from('a\nbc\nd'));
    expect(positionOf(3)).toEqual({ line: 2, column: 2, offset: 3 });
    expect(positionOf(3)).toEqual({ line: 2, column: 2, offset: 3 });
    expect(positionOf(5)).toEqual({ line: 3, column: 1, offset: 5 });
    expect(() => positionOf(4)).toThrow(RangeError);
  });
});

describe('formatExcerpt', () => {
  it.each([
    { text: 'select frm', offset: 7, excerpt: 'select frm\n       ^', why: 'the caret stands under the byte' },
    { text: 'a\nbcd\ne', offset: 3, excerpt: 'bcd\n ^', why: 'only its own line is shown' },
    { text: 'é😀x', offset: 6, excerpt: 'é😀x\n  ^', why: 'the caret counts characters' },
    { text: '\tx', offset: 1, excerpt: ' x\n ^', why: 'a tab is one blank in both lines' },
    { text: 'a\u001b[31mb', offset: 0, excerpt: 'a�[31mb\n^', why: 'no control sequence reaches the terminal' },
    { text: 'ab', offset: 9, excerpt: 'ab\n  ^', why: 'an offset past the end is the end' },
    { text: '', offset: 0, excerpt: '\n^', why: 'an empty text has an end too' },
  ])('$text at $offset: $why', ({ text, offset, excerpt }) => {
    expect(formatExcerpt(Buffer.from(text), offset)).toBe(excerpt);
  });

  it('shows about 100 characters on each side of a long line, none of them cut', () => {
    const [line = '', caret = ''] = formatExcerpt(Buffer.from('😀'.repeat(1_000_000)), 2_000_000).split('\n');
    expect(line).toBe(`…${'😀'.repeat(200)}…`);
    expect(caret).toBe(`${' '.repeat(101)}^`);
  });
});

describe('toPrintable', () => {
  it.each([
    { text: 'a\nb\tc', printable: 'a b c', why: 'one line' },
    { text: 'a\u202eb\u2028', printable: 'a�b�', why: 'nothing turns or breaks the line' },
    { text: `${'x'.repeat(199)}😀`, printable: `${'x'.repeat(199)}�…`, why: 'half a character is none' },
  ])('$why', ({ text, printable }) => {
    expect(toPrintable(text)).toBe(printable);
  });
});
