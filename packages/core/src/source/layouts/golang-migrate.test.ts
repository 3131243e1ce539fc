import { describe, expect, it } from 'vitest';
import { listingOf, textsOf, type Texts } from '../source-fixture.ts';
import { golangMigrateLayout } from './golang-migrate.ts';

const arrange = async (texts: Texts) => textsOf(await golangMigrateLayout.arrange(listingOf(texts)));

describe('the golang-migrate layout reads', () => {
  it.each<{ why: string; texts: Texts; files: unknown[] }>([
    {
      why: 'pairs, by number',
      texts: { '10_b.up.sql': 'b', '10_b.down.sql': '-b', '2_a.up.sql': 'a', '2_a.down.sql': '-a' },
      files: [
        ['migrations/2_a.sql', 'a', '-a'],
        ['migrations/10_b.sql', 'b', '-b'],
      ],
    },
    {
      why: 'timestamps and numbers side by side',
      texts: { '20250101000000_b.up.sql': 'b', '000001_a.up.sql': 'a' },
      files: [
        ['migrations/000001_a.sql', 'a', null],
        ['migrations/20250101000000_b.sql', 'b', null],
      ],
    },
    {
      why: 'a pair whose titles differ: the number makes it',
      texts: { '1_create.up.sql': 'a', '01_drop.down.sql': '-a' },
      files: [['migrations/1_create.sql', 'a', '-a']],
    },
    { why: 'an empty title', texts: { '1_.up.sql': 'a' }, files: [['migrations/1_.sql', 'a', null]] },
    {
      why: 'no file but SQL',
      texts: { '1_a.up.sql': 'a', 'embed.go': 'package x', '1_a.up.json': '[]' },
      files: [['migrations/1_a.sql', 'a', null]],
    },
  ])('$why', async ({ texts, files }) => expect(await arrange(texts)).toEqual(files));
});

describe('the golang-migrate layout refuses', () => {
  it.each<{ why: string; texts: Texts; path: string; says: string }>([
    {
      why: 'a number used twice',
      texts: { '1_a.up.sql': 'x', '1_b.up.sql': 'y' },
      path: '1_b.up.sql',
      says: 'same number and direction as db/migrations/1_a.up.sql',
    },
    {
      why: 'a number used twice, written in two ways',
      texts: { '01_a.up.sql': 'x', '1_b.up.sql': 'y' },
      path: '1_b.up.sql',
      says: 'same number',
    },
    {
      why: 'a number undone twice',
      texts: { '1_a.up.sql': 'x', '1_a.down.sql': 'y', '1_b.down.sql': 'z' },
      path: '1_b.down.sql',
      says: 'same number',
    },
    { why: 'a rollback of nothing', texts: { '2_a.down.sql': 'x' }, path: '2_a.down.sql', says: 'undoes nothing' },
    { why: 'a file without direction', texts: { '1_a.sql': 'x' }, path: '1_a.sql', says: 'is not named' },
    { why: 'a file without number', texts: { 'a.up.sql': 'x' }, path: 'a.up.sql', says: 'is not named' },
    { why: 'a subfolder', texts: { 'old/1_a.up.sql': 'x' }, path: 'old/1_a.up.sql', says: 'in the folder itself' },
    { why: 'an extension in capitals', texts: { '1_a.up.SQL': 'x' }, path: '1_a.up.SQL', says: 'lower case' },
  ])('$why', async ({ texts, path, says }) => {
    await expect(arrange(texts)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path: `db/migrations/${path}`, reason: expect.stringContaining(says) as string },
    });
  });
});
