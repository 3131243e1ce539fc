import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STORIES } from './stories.ts';

const PAGE = join(import.meta.dirname, '../../../docs/registry/stories.md');
const ROW = /^\| (\d{3}) +\| (.+?) +\| (done|in part|not yet) +\| (.*?) *\|$/gm;

const listed = [...(await readFile(PAGE, 'utf8')).matchAll(ROW)].map(([, number, title, state, proof]) => ({
  number,
  title,
  state,
  proof,
}));

describe('docs/registry/stories.md', () => {
  it('lists all 38 stories in their order', () => {
    const numbers = Array.from({ length: 38 }, (_, index) => String(index + 1).padStart(3, '0'));
    expect(listed.map(({ number }) => number)).toEqual(numbers);
  });

  it('says of each story that is done by what it is proven', () => {
    const unproven = listed.filter(({ state, proof }) => state !== 'not yet' && !proof?.includes(']('));
    expect(unproven).toEqual([]);
  });

  it('has the stories that rows prove, under the same titles and done', () => {
    const done = listed.filter(({ state }) => state === 'done').map(({ number, title = '' }) => `${number} ${title}`);
    const proven = Object.entries(STORIES).map(([number, title]) => `${number} ${title}`.toLowerCase());
    expect(done.map((story) => story.toLowerCase())).toEqual(expect.arrayContaining(proven));
  });
});
