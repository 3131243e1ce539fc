import type { Node } from 'libpg-query';
import { describe, expect, it } from 'vitest';
import { alignStatements } from './align.ts';
import type { ScannedStatement } from './scanner.ts';

const node: Node = { SelectStmt: {} };
const one = (start: number, end: number, mentionsSetConfig = false): ScannedStatement => ({
  start,
  end,
  words: ['A'],
  mentionsSetConfig,
});

describe('alignStatements', () => {
  it.each([
    { parsed: [[0, 20]], scanned: [one(3, 12)], bounds: [[3, 12]], why: 'comments and blanks are cut off' },
    {
      parsed: [
        [0, 9],
        [10, 30],
      ],
      scanned: [one(1, 9), one(12, 25)],
      bounds: [
        [1, 9],
        [12, 25],
      ],
      why: 'one for one',
    },
    {
      parsed: [[0, 30]],
      scanned: [one(1, 9), one(12, 25)],
      bounds: [[1, 25]],
      why: 'the scanner saw two: the parser is right',
    },
    {
      parsed: [
        [0, 9],
        [10, 30],
      ],
      scanned: [one(1, 25)],
      bounds: [
        [1, 9],
        [10, 30],
      ],
      why: 'the scanner saw one: the parser is right',
    },
    { parsed: [], scanned: [], bounds: [], why: 'nothing' },
  ])('$why', ({ parsed, scanned, bounds }) => {
    const aligned = alignStatements(
      parsed.map(([from = 0, to = 0]) => ({ node, from, to })),
      scanned,
    );
    expect(aligned.map(({ scanned: { start, end } }) => [start, end])).toEqual(bounds);
  });

  it('keeps the words of the first, and the mention of any', () => {
    const [first] = alignStatements([{ node, from: 0, to: 30 }], [one(1, 9), one(12, 25, true)]);
    expect(first?.scanned).toEqual({ start: 1, end: 25, words: ['A'], mentionsSetConfig: true });
  });
});
