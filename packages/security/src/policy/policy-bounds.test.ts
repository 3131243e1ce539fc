/** Policies that would cost much to read: refused by their size, before anything looks at each with all others. */
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../../test/policy-sample.ts';

const HEAD = 'apiVersion: squizzle.dev/trust/v1\n';
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const RULE = 'unsigned: {allowed: true, reason: r}';

describe('parseTrustPolicy: bounds', () => {
  it.each([
    {
      what: 'many fields',
      text: lines(5_000, (i) => `a${i}: 1`),
      says: 'expected at most 512 keys, found 5000',
    },
    {
      what: 'many fields on one line',
      text: `{${lines(5_000, (i) => `a${i}: 1`).replaceAll('\n', ', ')}}`,
      says: 'expected at most 512 keys, found 5000',
    },
    {
      what: 'many principals',
      text: `${HEAD}principals:\n${lines(129, (i) => `  a${i}: {key: {pem: x}}`)}`,
      says: 'principals: expected at most 128 keys, found 129',
    },
    {
      what: 'many roots',
      text: `${HEAD}roots:\n${lines(65, (i) => `  a${i}: {}`)}`,
      says: 'roots: expected at most 64 keys, found 65',
    },
    {
      what: 'many names that nobody has',
      text: `${HEAD}principals:\n${lines(128, (i) => `  ${'p'.repeat(60)}${i}: {}`)}\nrules:\n${lines(100, (i) => `  - {environments: [a${i}], require: {signature: {anyOf: [${`${'z'.repeat(60)}, `.repeat(20)}]}}}`)}`,
      says: "anyOf[0]: there is no principal 'zzz",
    },
    {
      what: 'many rules',
      text: `${HEAD}rules:\n${lines(257, () => `  - {environments: [a], ${RULE}}`)}`,
      says: 'rules: expected at most 256 rules, found 257',
    },
    {
      what: 'many environments',
      text: `${HEAD}rules:\n${lines(2, () => `  - {environments: [${'a, '.repeat(300)}], ${RULE}}`)}`,
      says: 'rules: expected at most 512 environments in all rules, found 600',
    },
    {
      what: 'a long list',
      text: `${HEAD}rules:\n  - {environments: [${'a, '.repeat(513)}], ${RULE}}`,
      says: 'environments: expected at most 512 items, found 513',
    },
    { what: 'a large file', text: `# ${'x'.repeat(256 * 1024)}`, says: 'more than the 262144 allowed' },
    { what: 'deep brackets', text: `a: ${'['.repeat(100_000)}`, says: 'nested more than 64 levels deep' },
    { what: 'deep braces', text: `a: ${'{a: '.repeat(50_000)}`, says: 'nested more than 64 levels deep' },
    { what: 'deep dashes', text: '- '.repeat(100_000), says: 'nested more than 64 levels deep' },
    {
      what: 'deep indentation',
      text: Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      says: 'nested more than 64 levels deep',
    },
    {
      what: 'a bomb of aliases',
      text: `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]`,
      says: 'aliases are refused',
    },
  ])('refuses $what', async ({ text, says }) => {
    const started = performance.now();
    expect(await faultsOf(text)).toContain(says);
    // Quadratic, these took seconds.
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
