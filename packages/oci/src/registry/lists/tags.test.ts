import { describe, expect, it } from 'vitest';
import { cutOff, scriptTransfer, type TransferAnswer, type TransferScript } from '../../../test/scripted-transfer.ts';
import { listTags } from './tags.ts';

const text = (value: string): Uint8Array[] => [new TextEncoder().encode(value)];
const page = (tags: unknown, next?: string): TransferAnswer => ({
  status: 200,
  ...(next !== undefined && { headers: { link: next } }),
  body: text(JSON.stringify({ name: 'team/app', tags })),
});
/** The first page, then those by their query. */
const pages =
  (byQuery: Readonly<Record<string, TransferAnswer>>): TransferScript =>
  ({ url }) =>
    byQuery[url.search] ?? { status: 404, body: text('404 page not found') };

const FIRST = '?n=1000';

describe('listTags', () => {
  it('asks for pages of a size that every registry takes', async () => {
    const { access, requests } = scriptTransfer(pages({ [FIRST]: page(['a']) }));
    expect(await listTags(access)).toEqual(['a']);
    expect(requests.map(({ line }) => line)).toEqual(['GET /v2/team/app/tags/list?n=1000']);
  });

  it.each([
    { link: '</v2/team/app/tags/list?last=b>; rel="next"', why: 'an absolute path' },
    { link: '<list?last=b>; rel=next', why: 'relative and unquoted' },
    { link: '<?last=b>; rel="next"', why: 'a query alone' },
    { link: '<https://registry.test/v2/team/app/tags/list?last=b>; rel="next"', why: 'a whole URL' },
    {
      link: '<https://registry.test:443/v2/team/app/tags/list?last=b#x>; rel="next"',
      why: 'the port said, a fragment',
    },
  ])('follows $link: $why', async ({ link }) => {
    const { access, requests } = scriptTransfer(
      pages({ [FIRST]: page(['c', 'b'], link), '?last=b': page(['a', 'c']) }),
    );
    expect(await listTags(access)).toEqual(['a', 'b', 'c']);
    expect(requests[1]?.url.href).toBe('https://registry.test/v2/team/app/tags/list?last=b');
  });

  it('sorts by bytes, over all pages, and knows each tag once', async () => {
    const link = '<?last=x>; rel="next"';
    const { access } = scriptTransfer(
      pages({ [FIRST]: page(['b', 'B', 'v10'], link), '?last=x': page(['_x', 'v2', 'B']) }),
    );
    expect(await listTags(access)).toEqual(['B', '_x', 'b', 'v10', 'v2']);
  });

  it.each([
    { tags: null, found: [], why: 'Go writes an empty list so' },
    { tags: undefined, found: [], why: 'a registry without tags may leave it out' },
    { tags: [null, 1, {}, 'a'], found: ['a'], why: 'what is no text is no tag' },
    { tags: [`sha256:${'a'.repeat(64)}`, 'a'], found: ['a'], why: 'some list digests' },
    { tags: ['../x', '', 'a b', 'a'], found: ['a'], why: 'tags go into URLs' },
  ])('takes $tags as $found: $why', async ({ tags, found }) => {
    expect(await listTags(scriptTransfer(pages({ [FIRST]: page(tags) })).access)).toEqual(found);
  });

  it.each([
    { answer: { status: 404, body: text('{"errors":[{"code":"NAME_UNKNOWN"}]}') }, why: 'the specification' },
    { answer: { status: 404, body: text('{"errors":[{"code":"NOT_FOUND","message":"x"}]}') }, why: 'Harbor' },
    { answer: { status: 404 }, why: 'nothing said' },
  ])('finds no tags where there is no such repository: $why', async ({ answer }) => {
    const { access, openBodies } = scriptTransfer(() => answer);
    expect(await listTags(access)).toEqual([]);
    expect(openBodies()).toBe(0);
  });

  it.each([
    { answer: { status: 404, body: text('<title>404 Not Found</title>') }, code: 'NOT_FOUND', why: 'no registry' },
    {
      answer: { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body: text('<h1>Not here</h1>') },
      code: 'NOT_FOUND',
      why: 'a page without title',
    },
    { answer: { status: 403 }, code: 'FORBIDDEN', why: 'not allowed' },
    { answer: { status: 200, body: text('<html>') }, code: 'RESPONSE_INVALID', why: 'a page' },
    { answer: { status: 200, body: text('[]') }, code: 'RESPONSE_INVALID', why: 'an array' },
    { answer: page('a'), code: 'RESPONSE_INVALID', why: 'a text for a list' },
    { answer: { status: 200, body: text('{"tags":[[[[[[[[[') }, code: 'RESPONSE_INVALID', why: 'a maze' },
    {
      answer: { status: 200, body: text(`{"tags":[${'[],'.repeat(600_000)}[]]}`) },
      code: 'RESPONSE_INVALID',
      why: 'more than anybody has',
    },
    { answer: page(['a'], '<https://elsewhere.test/x>; rel="next"'), code: 'UNSAFE_REDIRECT', why: 'another host' },
    { answer: page(['a'], '<http://registry.test/x>; rel="next"'), code: 'UNSAFE_REDIRECT', why: 'without TLS' },
    { answer: page(['a'], '<https://u:p@registry.test/x>; rel="next"'), code: 'UNSAFE_REDIRECT', why: 'a password' },
    { answer: page(['a'], '<?n=1000>; rel="next"'), code: 'RESPONSE_INVALID', why: 'the same page again' },
    { answer: page(['a'], '<https://[>; rel="next"'), code: 'UNSAFE_REDIRECT', why: 'no URL' },
  ])('is $code for $answer: $why', async ({ answer, code }) => {
    const { access, requests, openBodies } = scriptTransfer(() => answer);
    await expect(listTags(access)).rejects.toMatchObject({ name: 'SquizzleError', code });
    expect(requests).toHaveLength(1);
    expect(openBodies()).toBe(0);
  });

  it('ends at so many pages, and at so many bytes', async () => {
    const endless: TransferScript = ({ url }) =>
      page(['a'], `<?last=${Number(url.searchParams.get('last')) + 1}>; rel="next"`);
    const { access, requests } = scriptTransfer(endless, { pages: 20 });
    await expect(listTags(access)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    expect(requests).toHaveLength(20);
    const small = scriptTransfer(endless, { listBytes: 100 });
    await expect(listTags(small.access)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    const smaller = scriptTransfer(endless, { listBytes: 10 });
    await expect(listTags(smaller.access)).rejects.toMatchObject({ code: 'TOO_LARGE', details: { limitBytes: 10 } });
  });

  it('asks again for a page that breaks off, the first or another', async () => {
    const link = '<?last=b>; rel="next"';
    const good = pages({ [FIRST]: page(['b'], link), '?last=b': page(['c']) });
    const broken = new Set<string>();
    const { access, requests, events, openBodies } = scriptTransfer(async (request) => {
      const answer = await good(request);
      if (broken.has(request.url.search)) return answer;
      broken.add(request.url.search);
      return { ...answer, body: cutOff(new TextEncoder().encode('{"tags":')) };
    });
    expect(await listTags(access)).toEqual(['b', 'c']);
    expect(requests.map(({ url }) => url.search)).toEqual([FIRST, FIRST, '?last=b', '?last=b']);
    expect(events.map(({ type }) => type)).toEqual(['retrying', 'retrying']);
    expect(openBodies()).toBe(0);
  });

  it('gives up on a page that breaks off each time', async () => {
    const { access, requests } = scriptTransfer(() => ({ status: 200, body: cutOff(new Uint8Array(3)) }), {
      attempts: 3,
    });
    await expect(listTags(access)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(requests).toHaveLength(3);
  });

  it('ends at a million tags, on however many pages', async () => {
    const most = JSON.stringify({ tags: Array.from({ length: 400_000 }, () => 'a') });
    const endless: TransferScript = ({ url }) => ({
      status: 200,
      headers: { link: `<?last=${Number(url.searchParams.get('last')) + 1}>; rel="next"` },
      body: text(most),
    });
    const { access, requests } = scriptTransfer(endless);
    await expect(listTags(access)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    expect(requests).toHaveLength(3);
  });

  it('reads 10,000 tags, a thousand at a time', async () => {
    const tags = Array.from({ length: 10_000 }, (_, at) => `v1.${at}.0`);
    const script: TransferScript = ({ url }) => {
      const from = Number(url.searchParams.get('last') ?? 0);
      const next = from + 1000 < tags.length ? `<?last=${from + 1000}>; rel="next"` : undefined;
      return page(tags.slice(from, from + 1000), next);
    };
    expect(await listTags(scriptTransfer(script).access)).toHaveLength(10_000);
  });
});
