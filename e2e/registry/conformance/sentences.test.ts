import { describe, expect, it } from 'vitest';
import { ALL_ROWS } from './all-rows.ts';
import { CLIENT_SENTENCES } from './client-sentences.ts';
import { LISTED_SENTENCES } from './normative-sentences.ts';
import { SETTINGS } from './settings.rows.ts';

const rows = [...ALL_ROWS, ...SETTINGS.flatMap((settings) => settings.rows)];
const covered = new Set<string>(rows.flatMap(({ covers }) => covers));

describe('the sentences of the specification', () => {
  for (const { id, section, level, says, withoutRow } of LISTED_SENTENCES) {
    // Either a row or a reason, never both: a reason that has become untrue must go.
    it(`${section}: ${level}: ${says}: ${withoutRow ?? 'has a row'}`, () => {
      expect(covered.has(id), id).toBe(withoutRow === undefined);
    });
  }

  it('are listed once each', () => {
    const listed = [
      ...LISTED_SENTENCES.map(({ id }) => id),
      ...CLIENT_SENTENCES.map((sentence) => sentence.join(': ')),
    ];
    expect(listed.filter((sentence, index) => listed.indexOf(sentence) !== index)).toEqual([]);
  });

  it('are met by rows that say one thing each', () => {
    const titles = rows.map(({ story, section, says }) => `${story} ${section}: ${says}`);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });
});
