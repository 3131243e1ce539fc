import { describe, expect, it } from 'vitest';
import { requestUrl } from './request-url.ts';

const base = new URL('https://ghcr.io/v2/a/b/');

describe('requestUrl', () => {
  it.each([
    { target: 'manifests/v1', query: {}, url: 'https://ghcr.io/v2/a/b/manifests/v1', why: 'a tag' },
    { target: 'manifests/sha256:00', query: {}, url: 'https://ghcr.io/v2/a/b/manifests/sha256:00', why: 'a digest' },
    {
      target: 'tags/list',
      query: { n: '5', last: 'a b' },
      url: 'https://ghcr.io/v2/a/b/tags/list?n=5&last=a+b',
      why: 'a query',
    },
    { target: 'blobs/uploads/', query: {}, url: 'https://ghcr.io/v2/a/b/blobs/uploads/', why: 'a slash at the end' },
    { target: '', query: {}, url: 'https://ghcr.io/v2/a/b/', why: 'the base itself' },
  ])('of $target is $url: $why', ({ target, query, url }) => {
    expect(requestUrl(base, { target, query }).href).toBe(url);
  });

  it('keeps the query of what the registry sent, letter for letter', () => {
    const target = new URL('https://cdn.io/u?_state=a%2Bb~(c)%20&x');
    const url = requestUrl(base, { target, query: { digest: 'sha256:00' } });
    expect(url.href).toBe('https://cdn.io/u?_state=a%2Bb~(c)%20&x&digest=sha256%3A00');
    expect(target.href).toBe('https://cdn.io/u?_state=a%2Bb~(c)%20&x');
  });

  it.each([
    '../../../etc/passwd',
    '../c/manifests/v1',
    'manifests/../../../x',
    'manifests/%2e%2e/x',
    'blobs/..\\..\\x',
  ])('does not leave the repository by %s', (target) => {
    expect(() => requestUrl(base, { target })).toThrow(RangeError);
  });
});
