import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findLooseMarkers, findMarkers, SECTION_NAMES } from './section-marker.ts';

describe('findMarkers', () => {
  it.each([
    {
      text: '-- +check\n-- +up\n-- +verify\n-- +down',
      names: ['check', 'up', 'verify', 'down'],
      why: 'each by its name',
    },
    { text: '--+up\n--\t+DOWN \t\n', names: ['up', 'down'], why: 'in any case and spacing' },
    {
      text: '-- +up\r\n-- +down\r',
      names: ['up', 'down'],
      why: 'in a file that is to be refused for its line endings',
    },
    { text: ' -- +up\n-- +up the counter\n-- +uptime\n-- up\nx -- +up\n--- +up', names: [], why: 'nothing else' },
  ])('finds $names: $why', ({ text, names }) => expect(findMarkers(text).map(({ name }) => name)).toEqual(names));

  it('says where a marker is, and where the next line begins', () => {
    const text = 'a\n-- +up \r\nb\n-- +down';
    expect(findMarkers(text).map(({ text: mark, index, end }) => [mark, index, text.slice(end)])).toEqual([
      ['-- +up', 2, 'b\n-- +down'],
      ['-- +down', 13, ''],
    ]);
  });
});

describe('findLooseMarkers', () => {
  it.each([
    { text: '-- +donw', nearest: 'down', distance: 1, bare: true, why: 'neighbours that changed places' },
    { text: '-- +chek', nearest: 'check', distance: 1, bare: true, why: 'a letter is missing' },
    { text: '-- +verifiy', nearest: 'verify', distance: 1, bare: true, why: 'a letter too many' },
    { text: '--+dawn\r', nearest: 'down', distance: 1, bare: true, why: 'another letter' },
    { text: '  -- +Down', nearest: 'down', distance: 0, bare: true, why: 'it does not begin its line' },
    { text: '-- +down transaction:false', nearest: 'down', distance: 0, bare: false, why: 'something follows' },
    { text: '-- +done', nearest: 'down', distance: 2, bare: true, why: 'another word' },
    { text: '-- +goose Down', nearest: 'down', distance: 4, bare: false, why: 'an annotation of goose' },
  ])('$text: $why', ({ text, nearest, distance, bare }) => {
    expect(findLooseMarkers(`-- +up\n${text}\n`, findMarkers(`-- +up\n${text}\n`))).toMatchObject([
      { text: text.trim(), index: 7, nearest, distance, bare },
    ]);
  });

  it.each(['-- + up', '-- +1 column', '-- ++up', "select '-- +up'", '-- a +b'])('leaves %s alone', (text) => {
    expect(findLooseMarkers(text, [])).toEqual([]);
  });
});

it('docs/directives.md has a heading for each section', () => {
  const page = readFileSync(new URL('../../../../../docs/directives.md', import.meta.url), 'utf8');
  expect([...page.matchAll(/^### -- \+(\w+)$/gm)].map(([, name]) => name)).toEqual([...SECTION_NAMES]);
});
