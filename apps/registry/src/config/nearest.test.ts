import { expect, it } from 'vitest';
import { findNearest } from './nearest.ts';

it.each([
  { word: 'lisen.port', found: 'listen.port', why: 'a letter is missing' },
  { word: 'LISTEN.PORT', found: 'listen.port', why: 'case is no difference' },
  { word: 'listen.prot', found: 'listen.port', why: 'letters are swapped' },
  { word: 'listen.hosts', found: 'listen.host', why: 'a letter too many' },
  { word: 'http.addr', found: undefined, why: 'nothing is near' },
  { word: '', found: undefined, why: 'nothing to go by' },
  { word: `listen.port${'x'.repeat(70)}`, found: undefined, why: 'no slip adds seventy letters' },
])("'$word' is near $found: $why", ({ word, found }) => {
  expect(findNearest(word, ['listen.host', 'listen.port', 'log.level'])).toBe(found);
});

it('takes the nearer of two', () => {
  expect(findNearest('log.leve', ['log.lever', 'log.level', 'log.leve1'])).toBe('log.lever');
  expect(findNearest('listen.por', ['listen.host', 'listen.port'])).toBe('listen.port');
});
