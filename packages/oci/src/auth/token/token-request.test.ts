import { describe, expect, it } from 'vitest';
import { basicHeader } from './basic-header.ts';
import { exchangeTokenRequest, getTokenRequest, type TokenQuestion } from './token-request.ts';

const place = { registry: 'registry.example', repository: 'a' };
const question: TokenQuestion = {
  realm: { url: new URL('https://auth.example/token?kept=1&scope=dropped'), addresses: 'public' },
  service: 'test registry',
  scopes: ['repository:a:pull', 'repository:b:pull,push'],
  place,
};
const account = { username: 'alice', header: 'Basic YWxpY2U6cHc=' };

async function textOf(body: { open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> } | undefined): Promise<string> {
  let text = '';
  for await (const chunk of body?.open() ?? []) text += Buffer.from(chunk).toString();
  return text;
}

describe('getTokenRequest', () => {
  it('asks with service, client, account and each scope, the one that writes first', () => {
    const { method, url, headers, addresses } = getTokenRequest(question, account);
    expect({ method, addresses, authorization: headers?.['authorization'] }).toEqual({
      method: 'GET',
      addresses: 'public',
      authorization: account.header,
    });
    expect(url.origin + url.pathname).toBe('https://auth.example/token');
    expect([...url.searchParams]).toEqual([
      ['kept', '1'],
      ['service', 'test registry'],
      ['client_id', 'squizzle'],
      ['account', 'alice'],
      ['scope', 'repository:b:pull,push'],
      ['scope', 'repository:a:pull'],
    ]);
  });

  it('asks for anybody’s token without an account', () => {
    const { url, headers } = getTokenRequest({ ...question, service: null, scopes: [] }, undefined);
    expect(url.search).toBe('?kept=1&client_id=squizzle');
    expect(headers).not.toHaveProperty('authorization');
  });
});

describe('exchangeTokenRequest', () => {
  it('sends the identity token in the body, which can be sent again', async () => {
    const { method, url, headers, body } = exchangeTokenRequest(question, 'identity+token');
    expect([method, url.href, headers?.['content-type'], body?.reopenable]).toEqual([
      'POST',
      question.realm.url.href,
      'application/x-www-form-urlencoded',
      true,
    ]);
    const text = await textOf(body);
    expect(body?.sizeBytes).toBe(text.length);
    expect(Object.fromEntries(new URLSearchParams(text))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'identity+token',
      client_id: 'squizzle',
      service: 'test registry',
      scope: 'repository:b:pull,push repository:a:pull',
    });
  });

  it('leaves out what it does not know', async () => {
    const form = new URLSearchParams(
      await textOf(exchangeTokenRequest({ ...question, service: null, scopes: [] }, 't').body),
    );
    expect([...form.keys()]).toEqual(['grant_type', 'refresh_token', 'client_id']);
  });
});

describe('basicHeader', () => {
  it('writes UTF-8', () => {
    expect(basicHeader({ username: 'ü', password: 'p:w' }, 'a test')).toBe('Basic w7w6cDp3');
  });

  it.each([
    { username: 'a:b', password: 'secret-one', why: 'a colon in the user name' },
    { username: 'a', password: 'secret-one\n', why: 'a line break, as files end with' },
    { username: 'a\u0000', password: 'secret-one', why: 'a control character' },
  ])('refuses $why without showing it', ({ username, password }) => {
    const write = (): string => basicHeader({ username, password }, 'a test');
    expect(write).toThrow(
      expect.objectContaining({
        code: 'CREDENTIALS_UNUSABLE',
        details: expect.objectContaining({ source: 'a test' }) as object,
      }),
    );
    expect(write).not.toThrow(/secret-one/);
  });
});
