import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTarget, parseLinkHeader } from './link-header.ts';

describe('nextTarget', () => {
  it.each([
    { header: '</v2/a/tags/list?last=b&n=2>; rel="next"', next: '/v2/a/tags/list?last=b&n=2', why: 'distribution' },
    { header: '</v2/a/tags/list?last=b>; rel=next', next: '/v2/a/tags/list?last=b', why: 'unquoted' },
    { header: '<https://r.example/v2/x>;rel="next"', next: 'https://r.example/v2/x', why: 'absolute, no spaces' },
    { header: '</n> ; REL = "Next"', next: '/n', why: 'any case, spaces around' },
    { header: '</p>; rel="prev", </n>; rel="next"', next: '/n', why: 'the second link' },
    { header: '</n>; title="a, <b>; rel=\\"x\\""; rel="next"', next: '/n', why: 'quoted commas and quotes' },
    { header: '</n>; rel="prefetch next"', next: '/n', why: 'several relations' },
    { header: '</n?a=1,2;b>; rel="next"', next: '/n?a=1,2;b', why: 'commas and semicolons in the URL' },
    { header: 'garbage, </n>; rel="next"', next: '/n', why: 'garbage before' },
    { header: 'garbage</n>; rel="next"', next: '/n', why: 'garbage right before' },
    { header: '</p>; rel="prev"; rel="next"', next: undefined, why: 'only the first rel counts' },
    { header: '"</p>; rel=next", </n>; rel=next', next: '/n', why: 'a link in quotes is none' },
    { header: '</n>; foo; rel=next', next: '/n', why: 'a parameter without value' },
    { header: '</n>; ; rel=next', next: '/n', why: 'an empty parameter' },
    { header: '</n>', next: undefined, why: 'no relation' },
    { header: '/n; rel="next"', next: undefined, why: 'no brackets' },
    { header: '</n; rel="next"', next: undefined, why: 'an open bracket' },
    { header: '', next: undefined, why: 'nothing' },
    { header: '<>; rel="next"', next: '', why: 'an empty target is the page itself' },
    { header: '</n>; rel="next', next: undefined, why: 'an open quote names nothing' },
  ])('reads $header as $next: $why', ({ header, next }) => {
    expect(nextTarget([header])).toBe(next);
  });

  it('finds it in the second of two header fields', () => {
    expect(nextTarget(['</p>; rel="prev"', '</n>; rel="next"'])).toBe('/n');
  });
});

describe('parseLinkHeader', () => {
  it('finds what was written, whatever stands around it', () => {
    const target = fc.webUrl({ withQueryParameters: true }).filter((url) => !/[<>]/.test(url));
    const title = fc.string().map((text) => text.replace(/["\\]/g, ''));
    const relation = fc.constantFrom('next', 'prev', 'self');
    const link = fc.record({ target, title, relation, quoted: fc.boolean(), spaces: fc.constantFrom('', ' ', '\t ') });
    const written = fc.array(link, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(written, (links) => {
        const fields = links.map(({ target: url, title: text, relation: rel, quoted, spaces }) => {
          return `<${url}>${spaces};${spaces}title="${text}"${spaces};rel=${quoted ? `"${rel}"` : rel}`;
        });
        const expected = links.map(({ target: url, relation: rel }) => ({ target: url, relations: [rel] }));
        expect(parseLinkHeader(fields.join(', '))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('ends for every text, with no more links than there are brackets', () => {
    const text = fc.string({ unit: fc.constantFrom('<', '>', ';', ',', '"', '\\', '=', 'rel', 'next', ' ', 'a') });
    fc.assert(
      fc.property(text, (value) => {
        expect(parseLinkHeader(value).length).toBeLessThanOrEqual(value.split('<').length - 1);
      }),
    );
  });

  it.each([
    { header: ','.repeat(16_000), links: 0, why: 'nothing but commas' },
    { header: ', '.repeat(8_000), links: 0, why: 'commas and spaces' },
    { header: '<'.repeat(16_000), links: 0, why: 'brackets that never close' },
    { header: '<>;'.repeat(100_000), links: 32, why: 'more links than anybody needs' },
    { header: ',"'.repeat(8_000), links: 0, why: 'quotes' },
    { header: '<a>;rel="'.repeat(2_000), links: 32, why: 'quotes that swallow links' },
    { header: `<a>${'; '.repeat(8_000)}`, links: 1, why: 'empty parameters' },
    { header: `${','.repeat(8_000)}<a>`, links: 1, why: 'a link at the end of it all' },
  ])('finds $links links in a hostile header: $why', ({ header, links }) => {
    expect(parseLinkHeader(header)).toHaveLength(links);
  });
});
