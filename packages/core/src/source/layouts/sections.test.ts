import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasMarker, splitSections, type SectionSyntax } from './sections.ts';

const SYNTAX: SectionSyntax = {
  upMark: 'UP',
  downMark: 'DOWN',
  readMarker: (line) => {
    if (line === 'UP' || line === 'DOWN') return { kind: line === 'UP' ? 'up' : 'down', transaction: true };
    return line === 'ALONE' ? { kind: 'no-transaction' } : undefined;
  },
};

const split = (text: string) => splitSections(text, 'f.sql', SYNTAX);

describe('splitSections', () => {
  it.each([
    { text: 'UP\na', up: '\na', down: null, why: 'one section' },
    { text: 'UP\na\nDOWN\nb\n', up: '\na\n', down: '\n\n\nb\n', why: 'two sections' },
    { text: 'UP\nDOWN\nb', up: '\n', down: '\n\nb', why: 'nothing forth' },
    { text: 'UP\nDOWN', up: '\n', down: null, why: 'nothing at all' },
    { text: 'UP\na\nALONE', up: '-- squizzle: transaction=off\na\n', down: null, why: 'a mark for both at the end' },
  ])('gives $why', ({ text, up, down }) => expect(split(text)).toEqual({ up, down }));

  const line = fc.constantFrom('SELECT 1;', '  x', '', '-- c', 'é', '\t', 'ALONE', 'a;\r');
  const body = fc.array(line, { maxLength: 8 });

  it('leaves every line of a section where it was, and nothing of the other in it', () => {
    fc.assert(
      fc.property(body, body, fc.array(fc.constantFrom('-- h', ''), { maxLength: 3 }), (forth, back, head) => {
        const lines = [...head, 'UP', ...forth, 'DOWN', ...back];
        const { up, down } = split(lines.join('\n'));
        const [start, end] = [head.length, head.length + 1 + forth.length];
        const expected = (from: number, to: number): readonly string[] =>
          lines.map((each, at) => (at < start || (at > from && at < to) ? each.replace('ALONE', '') : '').trim());
        const found = (part: string): readonly string[] =>
          part.split('\n').map((each) => each.replace('-- squizzle: transaction=off', '').trim());
        expect(found(up)).toEqual(expected(start, end).slice(0, end + 1));
        if (down !== null) expect(found(down)).toEqual(expected(end, lines.length));
        const said = back.every((each) => each.trim() === '' || each === 'ALONE');
        expect(down === null, 'no way back exactly where nothing is said').toBe(said);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same way forth whatever the way back is', () => {
    fc.assert(
      fc.property(body, fc.array(fc.constantFrom('a', 'b;', '')), (forth, back) => {
        const text = ['UP', ...forth, 'DOWN'].join('\n');
        expect(split([text, ...back].join('\n')).up).toBe(split(`${text}\n`).up);
      }),
    );
  });
});

describe('hasMarker', () => {
  it.each([
    { text: 'UP\n', found: true, why: 'a marker' },
    { text: `${'-- x\n'.repeat(3_000)}UP\n`, found: true, why: 'a marker behind 15 kB of comments' },
    { text: `${'-- x\n'.repeat(4_000)}UP\n`, found: false, why: 'a marker beyond what is looked at' },
    { text: '\ufeffUP\r\n', found: true, why: 'a marker in a file that is to be refused for its encoding' },
    { text: '-- UP\n', found: false, why: 'a remark' },
    { text: '', found: false, why: 'nothing' },
  ])('$why: $found', async ({ text, found }) => {
    const readHead = async (sizeBytes: number) => Buffer.from(text).subarray(0, sizeBytes);
    const file = {
      path: 'f.sql',
      origin: 'f.sql',
      read: async () => Promise.reject(new RangeError('whole')),
      readHead,
    };
    expect(await hasMarker(file, SYNTAX)).toBe(found);
  });
});
