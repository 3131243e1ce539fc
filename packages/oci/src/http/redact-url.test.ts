import { describe, expect, it } from 'vitest';
import { redactUrl } from './redact-url.ts';

describe('redactUrl', () => {
  it.each([
    { url: 'https://ghcr.io/v2/a/tags/list?n=100&last=v1', shown: 'https://ghcr.io/v2/a/tags/list?n=100&last=v1' },
    { url: 'https://user:secret@ghcr.io/v2/', shown: 'https://ghcr.io/v2/' },
    {
      url: 'https://ghcr.io/u/1?_state=secret&digest=sha256:00',
      shown: 'https://ghcr.io/u/1?_state=***&digest=sha256:00',
    },
    { url: 'https://s3/b?X-Amz-Signature=secret&sig=secret', shown: 'https://s3/b?X-Amz-Signature=***&sig=***' },
    { url: 'https://cdn/b?=secret', shown: 'https://cdn/b?=***' },
    {
      url: 'https://auth/t?scope=repository:a:pull&service=s',
      shown: 'https://auth/t?scope=repository:a:pull&service=s',
    },
    { url: 'https://a/b#secret', shown: 'https://a/b' },
    { url: 'no url', shown: '(not a URL)' },
  ])('shows $url as $shown', ({ url, shown }) => {
    expect(redactUrl(url)).toBe(shown);
    if (URL.canParse(url)) expect(redactUrl(new URL(url))).toBe(shown);
  });

  it('cuts what no one would read', () => {
    expect(redactUrl(`https://a/${'x'.repeat(10_000)}`)).toHaveLength(501);
  });
});
