import { describe, expect, it } from 'vitest';
import { findNearest } from './nearest.ts';

const KEYS = ['transaction', 'lock_timeout', 'statement_timeout', 'irreversible'] as const;

describe('findNearest', () => {
  it.each([
    { word: 'transation', nearest: 'transaction', why: 'a letter left out' },
    { word: 'locktimeout', nearest: 'lock_timeout', why: 'a separator left out' },
    { word: 'statment_timeout', nearest: 'statement_timeout', why: 'not the other timeout' },
    { word: 'irreversable', nearest: 'irreversible', why: 'a wrong letter' },
    { word: 'lock_timeout', nearest: 'lock_timeout', why: 'itself' },
    { word: '', nearest: 'transaction', why: 'the shortest is nearest to nothing' },
  ])('"$word" → $nearest: $why', ({ word, nearest }) => {
    expect(findNearest(word, KEYS)).toBe(nearest);
  });
});
