import { expect, it } from 'vitest';
import { isSecretName, maskSecrets } from './secrets.ts';

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
  { text: 'ghcr.io/a:v1@sha256:0f', shown: 'ghcr.io/a:v1@sha256:0f', why: 'a tag and a digest are none' },
  { text: 'localhost:5000/a@sha256:0f', shown: 'localhost:5000/a@sha256:0f', why: 'nor is a port' },
  { text: 'by Anna <anna@acme.test>', shown: 'by Anna <anna@acme.test>', why: 'nor an address' },
  { text: 'pglite:./db', shown: 'pglite:./db', why: 'no secret at all' },
])('$text is shown as $shown: $why', ({ text, shown }) => {
  expect(maskSecrets(text)).toBe(shown);
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
