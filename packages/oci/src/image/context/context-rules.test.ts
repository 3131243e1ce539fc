import { describe, expect, it } from 'vitest';
import { createContextRules, ignoreFileRules, type ContextRules } from './context-rules.ts';

const rulesOf = (text: string, exclusions: readonly string[] = []): ContextRules =>
  createContextRules([ignoreFileRules(text), { name: 'exclusions', lines: exclusions }]);

/** Which of the paths are left out. */
const excluded = (rules: ContextRules, paths: readonly string[]): readonly string[] =>
  paths.filter((path) => rules.excludes(path));

describe('the rules of .dockerignore', () => {
  it.each([
    { rules: '', out: [], in: ['a', '.dockerignore'], why: 'no pattern' },
    { rules: '# a\n\n  \n#b', out: [], in: ['a', 'b', '# a', '#b'], why: 'comments and empty lines' },
    { rules: '\uFEFFa', out: ['a'], in: ['b'], why: 'a byte order mark before the first' },
    { rules: 'a\r\nb\r\n', out: ['a', 'b'], in: ['c'], why: 'lines that end as on Windows' },
    { rules: '  a b  ', out: ['a b'], in: ['a'], why: 'blanks around, and within' },
    { rules: 'a', out: ['a', 'a/b', 'a/b/c'], in: ['b/a', 'aa', 'A'], why: 'a name: at the top only, with all below' },
    { rules: '/a\nb/\n./c\nd//e', out: ['a', 'b', 'c', 'd/e'], in: ['d'], why: 'slashes that mean nothing' },
    { rules: '*/a', out: ['x/a', 'x/a/y'], in: ['a', 'x/y/a'], why: 'a star: one level' },
    { rules: '*.log', out: ['a.log', '.log'], in: ['a.logs', 'x/a.log', 'alog'], why: 'a dot is a dot' },
    { rules: '**/*.log', out: ['a.log', 'x/y/a.log'], in: ['a.txt'], why: 'two stars: any level, also none' },
    { rules: 'x/**', out: ['x/a', 'x/y/a'], in: ['x', 'y/x/a'], why: 'two stars at the end' },
    { rules: '**', out: ['a', 'x/a'], in: [], why: 'everything' },
    { rules: 'a?c', out: ['abc'], in: ['ac', 'a/c', 'abbc'], why: 'one character' },
    { rules: '[a-c]x\n[^z]y', out: ['ax', 'cx', 'ay'], in: ['dx', 'zy'], why: 'classes' },
    { rules: '*\n!keep\n!x/keep', out: ['a', 'x', 'x/a'], in: ['keep', 'keep/a', 'x/keep'], why: 'what is taken back' },
    { rules: 'a\n!a\na', out: ['a'], in: [], why: 'the last that fits decides' },
    { rules: '*.md\n!README*.md\nREADME-secret.md', out: ['a.md', 'README-secret.md'], in: ['README.md'], why: 'docs' },
    { rules: '.\n/\n!\n..\n../a', out: [], in: ['a', 'b'], why: 'the context itself, and what is outside' },
    { rules: '\\#a\n\\!b\nc\\*', out: ['#a', '!b', 'c*'], in: ['a', 'cc'], why: 'characters behind a backslash' },
    { rules: '\\d', out: ['d'], in: ['1'], why: 'a letter behind a backslash' },
    {
      rules: 'c++\n(x)\n{y}\na|b\n$z\n^q',
      out: ['c++', '(x)', '{y}', 'a|b', '$z', '^q'],
      in: ['c', 'x', 'a', 'b', 'q'],
      why: 'what means something elsewhere',
    },
    { rules: 'a]b', out: ['a]b'], in: ['ab'], why: 'a bracket alone' },
    {
      rules: 'constructor\n__proto__',
      out: ['constructor', '__proto__'],
      in: ['toString', 'valueOf'],
      why: 'names of methods',
    },
    { rules: '*', out: ['constructor', 'hasOwnProperty'], in: [], why: 'names of methods, wild' },
    { rules: 'größe/*.sql', out: ['größe/a.sql'], in: ['grosse/a.sql'], why: 'letters that are not ASCII' },
  ])('leave out and keep: $why', ({ rules, out, in: kept }) => {
    expect(excluded(rulesOf(rules), [...out, ...kept])).toEqual(out);
  });

  it('are followed by the exclusions, which may take back', () => {
    expect(excluded(rulesOf('*.sql', ['!keep.sql', 'b']), ['a.sql', 'keep.sql', 'b', 'c'])).toEqual(['a.sql', 'b']);
  });

  it.each([
    { rules: 'a\n[', line: 2, why: 'a class without an end' },
    { rules: '[]', line: 1, why: 'an empty class' },
    { rules: '\n[z-a]', line: 2, why: 'a range that goes back' },
    { rules: 'a\\', line: 1, why: 'a backslash at the end' },
  ])('are refused with their line: $why', ({ rules, line }) => {
    expect(() => rulesOf(rules)).toThrow(
      expect.objectContaining({
        code: 'CONTEXT_INVALID',
        details: { path: '.dockerignore', reason: expect.stringContaining(`line ${line} `) as string },
      }),
    );
  });

  it.each([
    { rules: 'a', folder: 'a', may: false, why: 'nothing is taken back' },
    { rules: 'a\n!b', folder: 'a', may: false, why: 'it is elsewhere' },
    { rules: 'a\n!a/b/c', folder: 'a', may: true, why: 'it is below' },
    { rules: 'a\n!a/b/c', folder: 'a/b', may: true, why: 'it is in it' },
    { rules: 'a\n!a/b/c', folder: 'a/c', may: false, why: 'it is beside it' },
    { rules: 'a\n!a/*/c', folder: 'a/x', may: true, why: 'it may be any below' },
    { rules: 'a\n!ab', folder: 'a', may: false, why: 'names only begin alike' },
    { rules: 'a\n!**/c', folder: 'a/b', may: true, why: 'it may be anywhere' },
  ])('say whether an excluded folder must be looked through: $may, $why', ({ rules, folder, may }) => {
    expect(rulesOf(rules).mayIncludeBelow(folder)).toBe(may);
  });
});
