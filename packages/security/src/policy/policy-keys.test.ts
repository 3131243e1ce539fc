/** What YAML would read as something else than stands there. */
import { describe, expect, it } from 'vitest';
import { faultsOf, POLICY } from '../../test/policy-sample.ts';

describe('parseTrustPolicy: keys and values as they are written', () => {
  it.each([
    {
      what: 'a name twice',
      edit: ['  plain: {}', '  public: {}'],
      says: "5:3: roots.public: 'public' stands here twice",
    },
    {
      what: 'a path twice, of which one is in quotes',
      edit: ['runs: 3', 'runs: 3, "runs": 4'],
      says: "where.runs: 'runs' stands here twice",
    },
    {
      what: 'a number as name: a text may be the same',
      edit: ['  plain: {}', '  plain: {}\n  1: {}\n  "1": {}'],
      says: "6:3: roots.?: expected a name as key, found '1'; put it in quotes",
    },
    {
      what: 'a number as path, of which a digit would be lost',
      edit: ['runs: 3', '1.10: 3'],
      says: "where.?: expected a name as key, found '1.1'; put it in quotes",
    },
    {
      what: 'truth as path',
      edit: ['runs: 3', 'true: 3'],
      says: "expected a name as key, found 'true'; put it in quotes",
    },
    {
      what: 'nothing as path',
      edit: ['runs: 3', 'null: 3'],
      says: 'expected a name as key, found nothing; put it in quotes',
    },
    { what: 'a list as path', edit: ['runs: 3', '[a]: 3'], says: 'expected a name as key, found a list' },
    { what: 'an empty path', edit: ['runs: 3', '" ": 3'], says: 'expected a name as key, found nothing' },
    {
      what: 'a number that would be read as another',
      edit: ['runs: 3', 'runs: 9007199254740993'],
      says: 'where.runs: expected a number that is read as it is written',
    },
    { what: 'a number without end', edit: ['runs: 3', 'runs: .inf'], says: "as it is written, found 'Infinity'" },
    { what: 'what is no number', edit: ['runs: 3', 'runs: .nan'], says: "as it is written, found 'NaN'" },
    {
      what: 'a version of YAML in which yes is true',
      edit: ['apiVersion', '%YAML 1.1\n---\napiVersion'],
      says: 'directives of YAML are refused',
    },
    {
      what: 'a directive behind a byte order mark',
      edit: ['apiVersion', '\uFEFF%TAG ! tag:x,2026:\n---\napiVersion'],
      says: 'directives of YAML are refused',
    },
  ])('refuses $what', async ({ edit: [from = '', to = ''], says }) => {
    expect(POLICY).toContain(from);
    expect(await faultsOf(POLICY.replace(from, to))).toContain(says);
  });
});
