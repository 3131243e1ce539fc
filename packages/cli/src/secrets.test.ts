import { expect, it } from 'vitest';
import { isSecretName, maskSecrets, toMaskedJson } from './secrets.ts';

it.each([
  { text: 'postgres://app:hunter2@db/shop', shown: 'postgres://app:***@db/shop', why: 'a password' },
  {
    text: 'at postgres://app:a@b/c@db/shop, too',
    shown: 'at postgres://app:***@db/shop, too',
    why: 'an unencoded one',
  },
  { text: 'postgres://app@db/shop', shown: 'postgres://app@db/shop', why: 'none' },
  { text: 'postgres://:hunter2@db', shown: 'postgres://:***@db', why: 'without user' },
  {
    text: 'postgres://db/s?user=a&password=x&y=z',
    shown: 'postgres://db/s?user=a&password=***&y=z',
    why: 'in the query',
  },
  { text: 'postgres://db/s?sslpassword=x', shown: 'postgres://db/s?sslpassword=***', why: 'of a key' },
  { text: 'host=db password=x user=a', shown: 'host=db password=*** user=a', why: 'in words' },
  { text: '--to bot:hunter2@ghcr.io/a: no', shown: '--to bot:***@ghcr.io/a: no', why: 'before a host alone' },
  { text: '--to bot:a@b/c@ghcr.io/a: no', shown: '--to bot:***@ghcr.io/a: no', why: 'there an unencoded one' },
  { text: 'ghcr.io/a:v1@sha256:0f', shown: 'ghcr.io/a:v1@sha256:0f', why: 'a tag and a digest are none' },
  { text: 'localhost:5000/a@sha256:0f', shown: 'localhost:5000/a@sha256:0f', why: 'nor is a port' },
  { text: 'by Anna <anna@acme.test>', shown: 'by Anna <anna@acme.test>', why: 'nor an address' },
  { text: 'pglite:./db', shown: 'pglite:./db', why: 'no secret at all' },
])('$text is shown as $shown: $why', ({ text, shown }) => {
  expect(maskSecrets(text)).toBe(shown);
});

it('masks every text of a document, however deep it is', () => {
  const text = 'bot:hunter2@ghcr.io';
  const error = { message: text, details: { selector: text, tags: [text], status: 401, at: new Date(0), hint: null } };
  expect(JSON.parse(toMaskedJson({ error }))).toEqual({
    error: {
      message: 'bot:***@ghcr.io',
      details: {
        selector: 'bot:***@ghcr.io',
        tags: ['bot:***@ghcr.io'],
        status: 401,
        at: '1970-01-01T00:00:00.000Z',
        hint: null,
      },
    },
  });
});

it.each([
  ['DB_PASSWORD', true],
  ['PGPASS', true],
  ['GITHUB_TOKEN', true],
  ['API_KEY', true],
  ['DATABASE_URL', false],
  ['AUTHOR', false],
  ['HOME', false],
])('%s holds a secret: %s', (name, secret) => {
  expect(isSecretName(name)).toBe(secret);
});
