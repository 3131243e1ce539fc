import { describe, expect, it } from 'vitest';
import { listingOf, textsOf, type Texts } from '../source-fixture.ts';
import { plainLayout } from './plain.ts';

const arrange = async (texts: Texts) => textsOf(await plainLayout.arrange(listingOf(texts)));

describe('the plain layout reads', () => {
  it.each<{ why: string; texts: Texts; files: unknown[] }>([
    { why: 'nothing', texts: {}, files: [] },
    {
      why: 'files by name, numbers by value',
      texts: { '10.sql': 'b', '2.sql': 'a' },
      files: [
        ['migrations/2.sql', 'a', null],
        ['migrations/10.sql', 'b', null],
      ],
    },
    {
      why: 'a rollback beside its file',
      texts: { '1.sql': 'up', '1.down.sql': 'down' },
      files: [['migrations/1.sql', 'up', 'down']],
    },
    {
      why: 'pairs of up and down',
      texts: { '1.up.sql': 'up', '1.down.sql': 'down' },
      files: [['migrations/1.sql', 'up', 'down']],
    },
    {
      why: 'subfolders, each with its own pairs',
      texts: { 'b/1.sql': 'x', 'a/1.sql': 'y', 'a/1.down.sql': 'z' },
      files: [
        ['migrations/a/1.sql', 'y', 'z'],
        ['migrations/b/1.sql', 'x', null],
      ],
    },
    {
      why: 'no file but SQL',
      texts: { 'README.md': '#', '1.sql': 'x', '1.sql.bak': 'y' },
      files: [['migrations/1.sql', 'x', null]],
    },
    {
      why: 'a name that only ends like a rollback',
      texts: { '1_slow_down.sql': 'x' },
      files: [['migrations/1_slow_down.sql', 'x', null]],
    },
    {
      why: 'a remark on sections',
      texts: { '1.sql': "SELECT '-- migrate:down'; -- goose Down" },
      files: [['migrations/1.sql', "SELECT '-- migrate:down'; -- goose Down", null]],
    },
  ])('$why', async ({ texts, files }) => expect(await arrange(texts)).toEqual(files));
});

describe('the plain layout refuses', () => {
  it.each<{ why: string; texts: Texts; path: string; says: string }>([
    {
      why: 'one migration in two files',
      texts: { '1.sql': 'x', '1.up.sql': 'y' },
      path: '1.up.sql',
      says: 'is the same migration as db/migrations/1.sql',
    },
    { why: 'a rollback of nothing', texts: { '1.down.sql': 'x' }, path: '1.down.sql', says: 'undoes nothing' },
    {
      why: 'a rollback in another folder',
      texts: { '1.sql': 'x', 'down/1.down.sql': 'x' },
      path: 'down/1.down.sql',
      says: 'undoes nothing',
    },
    { why: 'an extension in capitals', texts: { '1.SQL': 'x' }, path: '1.SQL', says: 'lower case' },
    {
      why: 'a folder with up.sql and down.sql, which would both run',
      texts: { '1/up.sql': 'x', '1/down.sql': 'y' },
      path: '1/down.sql',
      says: 'has no name of its own',
    },
    {
      why: 'dbmate’s sections, which would undo what they did',
      texts: { '1.sql': '-- migrate:up\nx;\n-- migrate:down\ny;' },
      path: '1.sql:3',
      says: "'layout: dbmate'",
    },
    {
      why: 'goose’s sections',
      texts: { '1.sql': '\n  -- +GOOSE  down\ny;' },
      path: '1.sql:2',
      says: "'layout: goose'",
    },
  ])('$why', async ({ texts, path, says }) => {
    await expect(arrange(texts)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.stringMatching(new RegExp(`^db/migrations/${path}: .*${says}`)) as string,
    });
  });
});
