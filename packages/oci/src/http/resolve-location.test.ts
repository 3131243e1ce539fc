import { describe, expect, it } from 'vitest';
import { scriptedSend } from '../../test/scripted-send.ts';
import type { HttpResponse } from './http.ts';
import { resolveLocation } from './resolve-location.ts';

const place = { registry: 'ghcr.io', repository: 'a/b' };

async function answerOf(url: string): Promise<HttpResponse> {
  const { send } = scriptedSend({ status: 202, headers: { 'x-request-id': 'r1' } });
  return send({ method: 'POST', url: new URL(url), place });
}

describe('resolveLocation', () => {
  it.each([
    { from: 'https://ghcr.io/v2/a', to: '/v2/u/1', is: 'https://ghcr.io/v2/u/1', why: 'a path' },
    { from: 'https://ghcr.io/v2/a/', to: 'u/1', is: 'https://ghcr.io/v2/a/u/1', why: 'a relative path' },
    { from: 'https://ghcr.io/v2/', to: 'https://cdn.io/x', is: 'https://cdn.io/x', why: 'another host' },
    { from: 'https://ghcr.io/v2/', to: '//cdn.io/x', is: 'https://cdn.io/x', why: 'another host, the same scheme' },
    { from: 'http://r:5000/v2/', to: 'https://r/x', is: 'https://r/x', why: 'a better scheme' },
    { from: 'http://r:5000/v2/', to: 'http://s/x', is: 'http://s/x', why: 'no worse scheme' },
    {
      from: 'https://ghcr.io/',
      to: ' /u?_state=a%2Bb~(c)%20=&x ',
      is: 'https://ghcr.io/u?_state=a%2Bb~(c)%20=&x',
      why: 'a query that must stay as it is, white space around',
    },
    { from: 'https://ghcr.io/', to: '/u#secret', is: 'https://ghcr.io/u', why: 'a fragment is never sent' },
  ])('leads from $from by $to to $is: $why', async ({ from, to, is }) => {
    expect(resolveLocation(to, await answerOf(from), place).href).toBe(is);
  });

  it.each([
    { from: 'https://ghcr.io/', to: 'http://ghcr.io/x?sig=s3cret', why: 'https to http' },
    { from: 'https://ghcr.io/', to: 'https://me:s3cret@ghcr.io/x', why: 'a password in it' },
    { from: 'https://ghcr.io/', to: 'https://s3cret@ghcr.io/x', why: 'a user name in it' },
    { from: 'http://r:5000/', to: 'file:///etc/passwd', why: 'a file' },
    { from: 'http://r:5000/', to: 'ftp://r/x', why: 'another protocol' },
    { from: 'http://r:5000/', to: 'data:,x', why: 'the content itself' },
    { from: 'http://r:5000/', to: 'http://', why: 'no URL' },
  ])('refuses to go from $from to $to: $why', async ({ from, to }) => {
    const response = await answerOf(from);
    const go = (): URL => resolveLocation(to, response, place);
    const details = expect.objectContaining({ ...place, requestId: 'r1', status: 202 }) as unknown;
    expect(go).toThrow(expect.objectContaining({ code: 'UNSAFE_REDIRECT', details }));
    expect(go).not.toThrow(/s3cret/);
  });

  it('needs something to resolve', async () => {
    const response = await answerOf('https://ghcr.io/');
    expect(() => resolveLocation(' ', response, place)).toThrow(expect.objectContaining({ code: 'RESPONSE_INVALID' }));
  });
});
