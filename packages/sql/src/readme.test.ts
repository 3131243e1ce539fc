import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DIRECTIVE_NAMES } from './directives.ts';
import type { HazardCode, SqlErrorCode } from './index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const codesIn = (heading: string): string[] => {
  const section = readme.split(`${heading}\n`)[1]?.split('\n#')[0] ?? '';
  return [...section.matchAll(/^\| `([\w-]+)`/gm)].map(([, code = '']) => code);
};

/** Complete, or it does not compile. */
const ERRORS: Readonly<Record<SqlErrorCode, true>> = {
  SQL_SYNTAX: true,
  SQL_META_COMMAND: true,
  SQL_COPY_STDIN: true,
  SQL_TRANSACTION_CONTROL: true,
  SQL_ENCODING: true,
  SQL_DIRECTIVE: true,
  SQL_QUERY: true,
};
const HAZARDS: Readonly<Record<HazardCode, true>> = {
  'drops-data': true,
  'enum-value': true,
  'index-not-concurrent': true,
  'rewrites-table': true,
  'session-settings': true,
  'unnamed-concurrent-index': true,
  unparsed: true,
};

describe('README', () => {
  it.each([
    { heading: '## Errors', codes: Object.keys(ERRORS), why: 'each error can be looked up' },
    { heading: '### Hazards', codes: Object.keys(HAZARDS), why: 'each hazard can be looked up' },
  ])('lists under $heading exactly the codes there are: $why', ({ heading, codes }) => {
    expect(codesIn(heading)).toEqual(codes);
  });
});

describe('docs/directives.md', () => {
  const text = readFileSync(new URL('../../../docs/directives.md', import.meta.url), 'utf8');
  const headings = (text.split('\n## Directives\n')[1]?.split('\n## ')[0] ?? '').matchAll(/^### (.*)$/gm);

  it('has a heading for each directive, in the order in which they are known', () => {
    expect([...headings].map(([, name]) => name)).toEqual([...DIRECTIVE_NAMES]);
  });
});
