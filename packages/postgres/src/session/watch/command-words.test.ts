import { describe, expect, it } from 'vitest';
import { toCommand } from './command-words.ts';

describe('toCommand', () => {
  it.each([
    { words: 'ALTER TABLE orders', command: 'ALTER TABLE', why: 'a name is not told' },
    { words: 'alter role bob', command: 'ALTER ROLE', why: 'case does not count' },
    { words: 'create  unique\nindex', command: 'CREATE UNIQUE INDEX', why: 'nor does space' },
    { words: 'SELECT secret', command: 'SELECT', why: 'what follows may be anything' },
    { words: 'hunter', command: null, why: 'no word of SQL' },
    { words: null, command: null, why: 'nothing is known' },
    { words: '', command: null, why: 'nothing is there' },
  ])('makes $command of $words: $why', ({ words, command }) => {
    expect(toCommand(words)).toBe(command);
  });
});
