import { describe, expect, it } from 'vitest';
import { scriptedSend, type ScriptedAnswer } from '../../test/scripted-send.ts';
import type { HttpBody, HttpRequest } from './http.ts';
import { AddressRefusedError } from './private-address.ts';
import { withRedirects } from './redirects.ts';

const place = { registry: 'ghcr.io', repository: 'a/b' };
const blob: HttpRequest = {
  method: 'GET',
  url: new URL('https://ghcr.io/v2/a/b/blobs/x'),
  headers: { range: 'bytes=5-' },
  scopes: ['repository:a/b:pull'],
  place,
};
const to = (location: string, status = 307, more: ScriptedAnswer = {}): ScriptedAnswer => ({
  status,
  headers: { location },
  ...more,
});
const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const body = (reopenable: boolean): HttpBody => ({ sizeBytes: 1, reopenable, open: () => [Uint8Array.of(1)] });

describe('withRedirects', () => {
  it.each([301, 302, 303, 307, 308])('follows %i when reading, with the same headers', async (status) => {
    const { send, requests, discarded } = scriptedSend(to('https://cdn.io/x?sig=1', status), {});
    const response = await withRedirects(send)(blob);
    expect(response.url.href).toBe('https://cdn.io/x?sig=1');
    expect(requests[1]).toMatchObject({ method: 'GET', headers: { range: 'bytes=5-' } });
    expect(discarded()).toBe(1);
  });

  it('asks for no rights away from the registry, nor when another host leads back to it', async () => {
    const { send, requests } = scriptedSend(to('/x'), to('https://cdn.io/x'), to('https://ghcr.io/y'), to('/z'), {});
    await withRedirects(send)(blob);
    const none = [undefined, true];
    expect(requests.map(({ scopes, anonymous }) => [scopes, anonymous])).toEqual([
      [blob.scopes, undefined],
      [blob.scopes, undefined],
      none,
      none,
      none,
    ]);
  });

  it.each([
    { first: { address: '140.82.121.33' }, url: 'https://ghcr.io/', rule: 'not-local', why: 'a registry elsewhere' },
    { first: {}, url: 'https://ghcr.io/', rule: 'not-local', why: 'a registry that only a proxy reached' },
    { first: { address: '10.0.0.7' }, url: 'https://registry.corp/', rule: 'not-local', why: 'a private network' },
    { first: { address: '127.0.0.1' }, url: 'https://registry.corp/', rule: 'any', why: 'a registry on this machine' },
    { first: {}, url: 'http://localhost:5000/', rule: 'any', why: 'a registry on this machine, by its name' },
  ])('allows addresses by the rule $rule: $why', async ({ first, url, rule }) => {
    const { send, requests } = scriptedSend(to('https://cdn.io/x', 307, first), {});
    await withRedirects(send)({ ...blob, url: new URL(url) });
    expect(requests[1]?.addresses).toBe(rule);
  });

  it('keeps a rule that is stricter', async () => {
    const { send, requests } = scriptedSend(to('https://cdn.io/x', 307, { address: '127.0.0.1' }), {});
    await withRedirects(send)({ ...blob, addresses: 'public' });
    expect(requests[1]?.addresses).toBe('public');
  });

  it('says where it was sent when the address is forbidden', async () => {
    const refused = new AddressRefusedError('evil.io', '169.254.169.254');
    const { send } = scriptedSend(to('https://evil.io/latest/meta-data?token=s3cret'), refused);
    const thrown: unknown = await withRedirects(send)(blob).catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      code: 'UNSAFE_REDIRECT',
      cause: refused,
      details: { target: 'https://evil.io/latest/meta-data?token=***' },
    });
  });

  it('leaves a first request that must not be made to those who asked for it', async () => {
    const refused = new AddressRefusedError('auth.io', '127.0.0.1');
    await expect(withRedirects(scriptedSend(refused).send)(blob)).rejects.toBe(refused);
  });

  it('follows no more than five', async () => {
    const hops = [1, 2, 3, 4, 5].map((hop) => to(`/hop/${hop}`));
    const enough = scriptedSend(...hops, {});
    expect((await withRedirects(enough.send)(blob)).status).toBe(200);
    const { send, requests } = scriptedSend(...hops, to('/hop/6'), {});
    await expect(withRedirects(send)(blob)).rejects.toThrow(code('UNSAFE_REDIRECT'));
    expect(requests).toHaveLength(6);
  });

  it.each([
    { why: 'itself', answers: [to(blob.url.href)] },
    { why: 'a place it came from', answers: [to('/x'), to('/y'), to('/x')] },
  ])('refuses a way that leads to $why', async ({ answers }) => {
    const { send, requests } = scriptedSend(...answers);
    await expect(withRedirects(send)(blob)).rejects.toThrow(code('UNSAFE_REDIRECT'));
    expect(requests).toHaveLength(answers.length);
  });

  it.each([
    { location: 'http://ghcr.io/x', why: 'http' },
    { location: 'https://me:pw@ghcr.io/x', why: 'userinfo' },
    { location: 'file:///x', why: 'no HTTP' },
  ])('refuses $location and gives the connection back', async ({ location }) => {
    const { send, requests, discarded } = scriptedSend(to(location));
    await expect(withRedirects(send)(blob)).rejects.toThrow(code('UNSAFE_REDIRECT'));
    expect([requests.length, discarded()]).toEqual([1, 1]);
  });

  it('needs a place to go', async () => {
    const { send } = scriptedSend({ status: 302 });
    await expect(withRedirects(send)(blob)).rejects.toThrow(code('RESPONSE_INVALID'));
  });

  it.each([
    {
      method: 'PUT',
      status: 307,
      location: '/again',
      body: body(true),
      followed: true,
      why: 'it keeps method and body',
    },
    { method: 'POST', status: 308, location: '/again', body: undefined, followed: true, why: 'there is no body' },
    { method: 'PATCH', status: 307, location: '/again', body: body(false), followed: false, why: 'the body is gone' },
    {
      method: 'PUT',
      status: 307,
      location: 'https://evil.io/',
      body: body(true),
      followed: false,
      why: 'another origin',
    },
    { method: 'PUT', status: 302, location: '/again', body: body(true), followed: false, why: 'it would become a GET' },
    {
      method: 'DELETE',
      status: 301,
      location: '/again',
      body: undefined,
      followed: false,
      why: 'it would become a GET',
    },
  ] as const)('$method answered by $status to $location: followed $followed: $why', async (row) => {
    const { send, requests } = scriptedSend(to(row.location, row.status), {});
    const sent = withRedirects(send)({ ...blob, method: row.method, body: row.body });
    if (row.followed) expect((await sent).status).toBe(200);
    else await expect(sent).rejects.toThrow(code('UNSAFE_REDIRECT'));
    expect(requests.map(({ method }) => method)).toEqual(row.followed ? [row.method, row.method] : [row.method]);
  });

  it.each([200, 300, 304, 401, 404])('passes %i on', async (status) => {
    expect((await withRedirects(scriptedSend(to('/x', status)).send)(blob)).status).toBe(status);
  });
});
