import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob, parseGlob } from './glob.ts';

const matches = (pattern: string, text: string): boolean => matchesGlob(parseGlob(pattern), text);

describe('matchesGlob', () => {
  it.each([
    { pattern: 'abc', text: 'abc', fits: true, why: 'the same' },
    { pattern: 'abc', text: 'xabc', fits: false, why: 'the whole text counts from its start' },
    { pattern: 'abc', text: 'abcx', fits: false, why: 'and to its end' },
    { pattern: 'a*c', text: 'ac', fits: true, why: 'a star may stand for nothing' },
    { pattern: 'a*c', text: 'a/c', fits: false, why: 'but for no slash' },
    { pattern: 'a**c', text: 'a/b/c', fits: true, why: 'two stand for slashes too' },
    { pattern: 'a***c', text: 'a/b/c', fits: true, why: 'three are as two' },
    { pattern: 'a.c', text: 'abc', fits: false, why: 'a dot is a dot' },
    { pattern: 'a[bc]', text: 'ab', fits: false, why: 'brackets are brackets' },
    { pattern: '*@acme.test', text: 'anna@acme.test', fits: true, why: 'a domain' },
    { pattern: '*@acme.test', text: 'anna@acme.test.evil.test', fits: false, why: 'and not one that begins so' },
    {
      pattern: 'https://github.com/acme/*/.github/**',
      text: 'https://github.com/acme/db/.github/workflows/a.yml',
      fits: true,
      why: 'a workflow',
    },
    {
      pattern: 'https://github.com/acme/*/.github/**',
      text: 'https://github.com/acme/../evil/.github/x',
      fits: false,
      why: 'a star takes one folder',
    },
    {
      pattern: 'https://github.com/acme/db/.github/workflows/*@refs/heads/main',
      text: 'https://github.com/acme/db/.github/workflows/a.yml@refs/heads/main',
      fits: true,
      why: 'any workflow of a branch',
    },
    { pattern: 'a.yml@refs/heads/*', text: 'a.yml@refs/heads/x@y', fits: false, why: 'a star is for no @' },
    {
      pattern: 'https://github.com/acme/db/**@refs/heads/main',
      text: 'https://github.com/acme/db/.github/workflows/a.yml@refs/heads/evil@refs/heads/main',
      fits: false,
      why: 'two are neither: a branch may be called so',
    },
    { pattern: '**@acme.test', text: '"@evil.test,"@acme.test', fits: false, why: 'nor may a mail address' },
    { pattern: '', text: '', fits: true, why: 'nothing fits nothing' },
    { pattern: '*', text: '', fits: true, why: 'a star too' },
    { pattern: '', text: 'a', fits: false, why: 'and nothing else' },
  ])('$pattern, $text: $fits ($why)', ({ pattern, text, fits }) => {
    expect(matches(pattern, text)).toBe(fits);
  });

  it('agrees with the regular expression that means the same', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '@'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '@', '*', '**'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, letters, (glob, text) => {
        const source = glob
          .replaceAll('.', '\\.')
          .replaceAll(/\*+/g, (stars) => (stars.length === 1 ? '[^/@]*' : '[^@]*'));
        expect(matches(glob, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 500 },
    );
  });

  it('takes its time from the lengths alone, on what a regular expression would take ages for', () => {
    const started = performance.now();
    expect(matches('**a'.repeat(40), 'a'.repeat(8000) + 'b')).toBe(false);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('takes no text that is longer than any name', () => {
    expect(matches('**', 'a'.repeat(8193))).toBe(false);
  });
});
