import { MEDIA_TYPES } from '@squizzle/oci-spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  contentOf,
  EMPTY_CONFIG,
  manifestOf,
  pushBlob,
  pushManifest,
  type Content,
} from '../../../test/http/content.ts';
import { startTestServer, type Answer, type TestServer } from '../../../test/http/test-server.ts';

const SUBJECT = contentOf('subject').digest;
const subject = { mediaType: MEDIA_TYPES.ociManifest, digest: SUBJECT, size: 7 };
const referrer = (artifactType: string, at: number): Content =>
  manifestOf({ subject, artifactType, annotations: { at: String(at) } });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const tag of ['b', 'a', 'C', '_', 'a.1']) await pushManifest(server, 'team/app', tag, manifestOf());
  for (const repository of ['team/app/deeper', 'team', 'zoo']) await pushBlob(server, repository, EMPTY_CONFIG);
  for (const at of [0, 1, 2]) {
    const content = referrer(at === 2 ? 'application/vnd.sbom' : 'application/vnd.signature', at);
    await pushManifest(server, 'team/app', content.digest, content);
  }
});
afterAll(() => server[Symbol.asyncDispose]());

/** The pages from `path` on, by following `Link`. */
async function pages(path: string): Promise<Answer[]> {
  const all: Answer[] = [];
  for (let next: string | undefined = path; next !== undefined && all.length < 10;) {
    const page: Answer = await server.send('GET', next);
    all.push(page);
    next = /^<(\/[^>]*)>; rel="next"$/.exec(page.headers.link?.toString() ?? '')?.[1];
  }
  return all;
}

describe('tags', () => {
  const LIST = '/v2/team/app/tags/list';
  it.each([
    { query: '', tags: ['C', '_', 'a', 'a.1', 'b'], link: undefined, why: 'all, in the order of their bytes' },
    { query: '?n=2', tags: ['C', '_'], link: `<${LIST}?last=_&n=2>; rel="next"`, why: 'the first two' },
    { query: '?n=5', tags: ['C', '_', 'a', 'a.1', 'b'], link: undefined, why: 'just as many as there are' },
    { query: '?n=0', tags: [], link: undefined, why: 'none, and no next page' },
    { query: '?last=a', tags: ['a.1', 'b'], link: undefined, why: 'those after' },
    { query: '?last=a&n=1', tags: ['a.1'], link: `<${LIST}?last=a.1&n=1>; rel="next"`, why: 'the one after' },
    { query: '?last=zzz', tags: [], link: undefined, why: 'nothing comes after' },
    { query: '?last=..%2f%00', tags: ['C', '_', 'a', 'a.1', 'b'], link: undefined, why: 'after what can be no tag' },
  ])('$query: $why', async ({ query, tags, link }) => {
    const answer = await server.send('GET', `${LIST}${query}`);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(answer.json()).toEqual({ name: 'team/app', tags });
    expect(answer.headers.link).toBe(link);
  });

  it('are all on the pages, once', async () => {
    const found = (await pages(`${LIST}?n=2`)).map((page) => (page.json() as { tags: string[] }).tags);
    expect(found).toEqual([['C', '_'], ['a', 'a.1'], ['b']]);
  });

  it('of a repository without any are none, of no repository are unknown', async () => {
    expect((await server.send('GET', '/v2/zoo/tags/list')).json()).toEqual({ name: 'zoo', tags: [] });
    const unknown = await server.send('GET', '/v2/nobody/tags/list');
    expect(unknown.status).toBe(404);
    expect(unknown.errorCode()).toBe('NAME_UNKNOWN');
  });

  it.each(['-1', 'ten', '', '1.5'])('cannot be listed by n=%s', async (n) => {
    expect(await server.send('GET', `${LIST}?n=${n}`)).toMatchObject({ status: 400 });
  });
});

describe('the catalog', () => {
  it('lists every repository, also one whose name begins another', async () => {
    const answer = await server.send('GET', '/v2/_catalog');
    expect(answer.json()).toEqual({ repositories: ['team', 'team/app', 'team/app/deeper', 'zoo'] });
    expect(answer.headers.link).toBeUndefined();
  });

  it('has pages', async () => {
    const found = (await pages('/v2/_catalog?n=3')).map(
      (page) => (page.json() as { repositories: string[] }).repositories,
    );
    expect(found).toEqual([['team', 'team/app', 'team/app/deeper'], ['zoo']]);
    expect((await server.send('GET', '/v2/_catalog?n=0')).json()).toEqual({ repositories: [] });
  });

  it.each([
    {
      query: '?n=1',
      repositories: ['team/app'],
      link: '</v2/_catalog?last=team%2Fapp&n=1>; rel="next"',
      why: 'one more is visible',
    },
    { query: '?n=2', repositories: ['team/app', 'zoo'], link: undefined, why: 'what is hidden makes no next page' },
    {
      query: '?n=1&last=team%2Fapp',
      repositories: ['zoo'],
      link: undefined,
      why: 'pages are filled past what is hidden',
    },
  ])('shows only what may be pulled, $query: $why', async ({ query, repositories, link }) => {
    const visible = new Set(['team/app', 'zoo']);
    const allows = (_caller: object, action: string, name?: string): boolean =>
      action === 'catalog' || visible.has(name ?? '');
    const access = { identify: () => Promise.resolve({ user: 'someone' }), allows };
    await using filtered = await startTestServer({ store: server.store, access });
    const answer = await filtered.send('GET', `/v2/_catalog${query}`);
    expect(answer.json()).toEqual({ repositories });
    expect(answer.headers.link).toBe(link);
  });
});

describe('referrers', () => {
  const LIST = `/v2/team/app/referrers/${SUBJECT}`;
  const count = (answer: Answer): number => (answer.json() as { manifests: object[] }).manifests.length;

  it('come as an index', async () => {
    const answer = await server.send('GET', LIST);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': MEDIA_TYPES.ociIndex } });
    expect(answer.json()).toMatchObject({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex });
    expect(count(answer)).toBe(3);
    expect(answer.headers).not.toHaveProperty('oci-filters-applied');
  });

  it('of one type are fewer, and the answer says so', async () => {
    const answer = await server.send('GET', `${LIST}?artifactType=application%2Fvnd.sbom`);
    expect(answer.headers['oci-filters-applied']).toBe('artifactType');
    expect(answer.json()).toMatchObject({
      manifests: [
        { artifactType: 'application/vnd.sbom', annotations: { at: '2' }, mediaType: MEDIA_TYPES.ociManifest },
      ],
    });
    expect(count(answer)).toBe(1);
  });

  it('have pages that keep the filter', async () => {
    const found = await pages(`${LIST}?n=1&artifactType=application%2Fvnd.signature`);
    expect(found.map((page) => [count(page), page.headers['oci-filters-applied']])).toEqual([
      [1, 'artifactType'],
      [1, 'artifactType'],
    ]);
    expect(found[0]?.headers.link).toContain('&n=1&artifactType=application%2Fvnd.signature>');
  });

  it.each([
    { path: `/v2/team/app/referrers/${contentOf('nobody').digest}`, why: 'nobody refers to it' },
    { path: `/v2/nobody/referrers/${SUBJECT}`, why: 'there is no such repository' },
  ])('are none when $why', async ({ path }) => {
    const answer = await server.send('GET', path);
    expect(answer.status).toBe(200);
    expect(count(answer)).toBe(0);
  });

  it('of no digest are a bad request', async () => {
    expect(await server.send('GET', '/v2/team/app/referrers/sha256:x')).toMatchObject({ status: 400 });
  });
});

it.each(['/v2/', '/v2/_catalog', '/v2/team/app/tags/list', `/v2/team/app/referrers/${SUBJECT}`, '/health'])(
  'HEAD %s answers as GET does, without a body',
  async (path) => {
    const got = await server.send('GET', path);
    const head = await server.send('HEAD', path);
    expect(head.text).toBe('');
    expect(head.status).toBe(got.status);
    expect({ ...head.headers, date: '', 'x-request-id': '' }).toEqual({ ...got.headers, date: '', 'x-request-id': '' });
  },
);
