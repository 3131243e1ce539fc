import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutOff, connectionLost, scriptTransfer } from '../../test/scripted-transfer.ts';
import { cleanWords, readWords, type RegistryWords } from './error-body.ts';

async function wordsOf(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, limit = 65_536): Promise<RegistryWords> {
  const { access, openBodies } = scriptTransfer(() => ({ status: 400, body }));
  const words = await readWords(await access.send({ method: 'GET', target: 'x', action: 'pull' }), limit);
  expect(openBodies()).toBe(0);
  return words;
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('readWords', () => {
  it.each([
    {
      body: '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"v1"}}]}',
      codes: ['MANIFEST_UNKNOWN'],
      text: 'MANIFEST_UNKNOWN: manifest unknown',
      why: 'the specification',
    },
    {
      body: '{"errors":[{"code":"DENIED","message":"a"},{"code":"UNSUPPORTED","message":"b"}]}',
      codes: ['DENIED', 'UNSUPPORTED'],
      text: 'DENIED: a; UNSUPPORTED: b',
      why: 'two errors',
    },
    { body: '{"errors":{"code":"denied"}}', codes: ['DENIED'], text: 'DENIED', why: 'no array, lower case' },
    { body: '{"errors":["no such thing"]}', codes: [], text: 'no such thing', why: 'texts' },
    { body: '{"error":{"code":"X_Y_Z","message":"m"}}', codes: ['X_Y_Z'], text: 'X_Y_Z: m', why: 'an object' },
    { body: '{"error":"invalid_scope"}', codes: [], text: 'invalid_scope', why: 'OAuth' },
    { body: '{"message":"Not found"}', codes: [], text: 'Not found', why: 'Gitea' },
    { body: '{"details":"incorrect username"}', codes: [], text: 'incorrect username', why: 'Docker Hub' },
    { body: '{"errors":null}', codes: [], text: '{"errors":null}', why: 'nothing said, so as it is' },
    { body: '404 page not found\n', codes: [], text: '404 page not found', why: 'plain text' },
    { body: '<html><head><title>502 Bad Gateway</title></head>…', codes: [], text: '502 Bad Gateway', why: 'a page' },
    { body: '<html><body>hi', codes: [], text: '', why: 'a page without title' },
    { body: '', codes: [], text: '', why: 'nothing' },
    {
      body: '{"errors":[{"code":7,"message":{}}]}',
      codes: [],
      text: '{"errors":[{"code":7,"message":{}}]}',
      why: 'odd types',
    },
    {
      body: '{"errors":[{"code":"<script>","message":"m"}]}',
      codes: [],
      text: '<SCRIPT>: m',
      why: 'a code that is none',
    },
  ])('reads $body: $why', async ({ body, codes, text }) => {
    expect(await wordsOf([utf8(body)])).toEqual({ codes, text });
  });

  it.each([
    { body: `${'['.repeat(32_000)}${']'.repeat(32_000)}`, why: 'lists in lists' },
    { body: `${'{"errors":'.repeat(5_500)}1${'}'.repeat(5_500)}`, why: 'objects in objects' },
    { body: '['.repeat(65_536), why: 'lists without end' },
  ])('survives nesting without end: $why', async ({ body }) => {
    expect((await wordsOf([utf8(body)])).codes).toEqual([]);
  });

  it('looks at the first few of many errors', async () => {
    const errors = Array.from({ length: 2_000 }, (_, at) => ({ code: `CODE_${at}` }));
    expect((await wordsOf([utf8(JSON.stringify({ errors }))])).codes).toEqual(
      [0, 1, 2, 3, 4].map((at) => `CODE_${at}`),
    );
  });

  it.each([
    { body: 'no: hunter2 is wrong', why: 'plain text' },
    { body: '{"errors":[{"code":"HUNTER2","message":"hunter2"}]}', why: 'the specification’s JSON' },
    { body: '{"message":"\\u0068unter2"}', why: 'spelled in escapes' },
    { body: '<html><title>hunter2</title>', why: 'a page' },
    { body: `${'x'.repeat(295)}hunter2`, why: 'where the text is cut' },
  ])('says nothing of what the server was told in secret: $why', async ({ body }) => {
    const { access } = scriptTransfer(() => ({ status: 400, body: [utf8(body)] }));
    const response = await access.send({ method: 'GET', target: 'x', action: 'pull' });
    const redact = (text: string): string => text.replaceAll(/hunter2/gi, '***');
    const words = await readWords({ ...response, redact }, 65_536);
    expect(JSON.stringify(words)).not.toMatch(/hunt/i);
  });

  it('finds the title of a page near its beginning, and nowhere else', async () => {
    expect((await wordsOf([utf8(`<p>${'<title'.repeat(10_000)}</title>`)])).text).toBe('');
    expect((await wordsOf([utf8(`<p>${' '.repeat(5_000)}<title>late</title>`)])).text).toBe('');
    expect((await wordsOf([utf8('\n<!doctype html>\n<TITLE lang=en>Log in</TITLE>')])).text).toBe('Log in');
  });

  it('reads no more than the limit, and shows 300 characters of it', async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pulled += 1;
        yield utf8('x'.repeat(1000));
      }
    }
    const { text } = await wordsOf(endless(), 5000);
    expect(text).toBe(`${'x'.repeat(299)}…`);
    expect(pulled).toBe(5);
  });

  it('says what came of a body that breaks off', async () => {
    expect((await wordsOf(cutOff(utf8('half a sent')))).text).toBe('half a sent');
  });

  it('throws what is no fault of the network', async () => {
    const reason = new RangeError('stopped by the test');
    // eslint-disable-next-line require-yield
    async function* stopped(): AsyncGenerator<Uint8Array> {
      throw reason;
    }
    await expect(wordsOf(stopped())).rejects.toBe(reason);
    expect(connectionLost().code).toBe('UNREACHABLE');
  });
});

describe('cleanWords', () => {
  const secret = 's3cr3t-value';
  it.each([
    { text: `see https://u:${secret}@r.example/x`, why: 'userinfo' },
    { text: `PUT https://r.example/v2/a/blobs/uploads/1?_state=${secret}`, why: 'the state of an upload' },
    { text: `https://s3.example/x?X-Amz-Signature=${secret}&a=b`, why: 'a signed URL' },
    { text: `Authorization: Bearer ${secret}`, why: 'a header' },
    { text: `token=${secret}`, why: 'a parameter' },
    { text: `{"access_token": "${secret}"}`, why: 'a member' },
    { text: `sig=${secret}&se=1`, why: 'a signature of Azure' },
    { text: `password: ${secret}`, why: 'a password' },
  ])('shows no secret of "$text": $why', ({ text }) => {
    expect(cleanWords(text)).not.toContain(secret);
  });

  it.each([
    { text: 'a\u009b31mb', shown: 'a 31mb', why: 'a control sequence of eight bits' },
    { text: 'a\u202eb', shown: 'a b', why: 'a mark that turns the direction of writing' },
    { text: 'a\u200bb', shown: 'a b', why: 'what has no width' },
    { text: 'a\ue000b', shown: 'a b', why: 'what is for private use' },
  ])('shows $shown: $why', ({ text, shown }) => {
    expect(cleanWords(text)).toBe(shown);
  });

  it('shows no token', () => {
    expect(cleanWords('got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln here')).toBe('got *** here');
  });

  it('is one line of at most 300 characters, whatever comes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 1000 });
    fc.assert(
      fc.property(text, (each) => {
        const cleaned = cleanWords(each);
        expect(cleaned.length).toBeLessThanOrEqual(300);
        expect(cleaned).not.toMatch(/[\p{C}\u2028\u2029]/u);
        expect(cleaned).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: 50 },
    );
  });
});
