import { describe, expect, it } from 'vitest';

import { parseRepositoryName } from './repository-name.ts';

describe('parseRepositoryName', () => {
  it.each([
    { text: 'a', why: 'one character' },
    { text: 'team/app/schema', why: 'parts' },
    { text: 'dock__er/docker', why: 'two underscores separate' },
    { text: 'docker---rules/d', why: 'any number of dashes separates' },
    { text: 'a.b_c-d/1', why: 'one of each separator' },
    { text: 'a'.repeat(255), why: 'the longest' },
  ])('accepts $text: $why', ({ text }) => {
    expect(parseRepositoryName(text)).toBe(text);
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: 'Team/app', why: 'uppercase' },
    { text: '/a', why: 'an empty first part' },
    { text: 'a/', why: 'an empty last part' },
    { text: 'a//b', why: 'an empty part' },
    { text: '-a', why: 'a separator at the start' },
    { text: 'a-/b', why: 'a separator at the end of a part' },
    { text: 'a..b', why: 'two dots' },
    { text: 'a___b', why: 'three underscores' },
    { text: 'a_.b', why: 'mixed separators' },
    { text: '../etc', why: 'a parent folder' },
    { text: 'a/_uploads', why: 'names that stores keep for themselves begin with an underscore' },
    { text: 'a\u0000b', why: 'NUL' },
    { text: 'a\n', why: 'a newline at the end' },
    { text: 'a%2fb', why: 'percent encoding' },
    { text: 'a'.repeat(256), why: 'one too long' },
  ])('refuses "$text": $why', ({ text }) => {
    expect(parseRepositoryName(text)).toBeUndefined();
  });

  it('answers at once to a name made to be slow', () => {
    const started = performance.now();
    expect(parseRepositoryName(`${'a_'.repeat(1_000_000)}!`)).toBeUndefined();
    expect(parseRepositoryName(`${'a_a-'.repeat(63)}!`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(100);
  });
});
