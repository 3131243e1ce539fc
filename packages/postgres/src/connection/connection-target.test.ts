import { describe, expect, it } from 'vitest';
import { parseConnectionTarget } from './connection-target.ts';

describe('parseConnectionTarget', () => {
  it.each([
    { url: 'postgres://app:s3cret@db.example:6432/shop', description: 'db.example:6432/shop as app' },
    { url: 'postgresql://app@localhost/shop', description: 'localhost:5432/shop as app' },
    { url: 'postgres://app:s3cret@[::1]/shop', description: '[::1]:5432/shop as app' },
    { url: 'postgres://db.example', description: 'db.example:5432/the default user as the default user' },
    { url: 'postgres:///shop', description: 'localhost:5432/shop as the default user' },
    { url: 'postgres://app:s3cret@/shop', description: 'localhost:5432/shop as app' },
    { url: 'postgres:///shop?host=/run/pg&user=app', description: '/run/pg/.s.PGSQL.5432, database shop as app' },
    { url: 'postgres://app:s%40cret@h/sh%20op', description: 'h:5432/sh op as app' },
    { url: 'postgres://h/shop?password=s3cret&user=app&port=1', description: 'h:1/shop as app' },
  ])('describes $url without its password', ({ url, description }) => {
    expect(parseConnectionTarget(url).description).toBe(description);
  });

  it.each([
    { url: 'host=h password=s3cret', why: 'key and value pairs are not understood by pg' },
    { url: 'mysql://app:s3cret@h/db', why: 'it is another database' },
    { url: 'postgres://app:s3cret@h:port/db', why: 'the port is no number' },
    { url: 'postgres://app:12/s3cret@h/db', why: 'a slash in the password cuts it' },
    { url: 'postgres://app:12#s3cret@h/db', why: 'a # in the password cuts it' },
    { url: 'postgres://app:12?s3cret@h/db', why: 'a ? in the password cuts it' },
    { url: 'postgres://app:%s3cret@h/db', why: 'a bare % cannot be decoded' },
  ])('refuses $url without repeating it: $why', ({ url }) => {
    expect(() => parseConnectionTarget(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => parseConnectionTarget(url)).not.toThrow(/s3cret/);
  });

  it('takes the password out of texts, as it is written and as it is meant', () => {
    const { redact } = parseConnectionTarget('postgres://app:s%40cret@h/db');
    expect(redact('cannot use s%40cret or s@cret')).toBe('cannot use *** or ***');
  });

  it.each([
    { given: '?sslmode=require', used: '?sslmode=verify-full', why: 'that is what pg makes of it, with a warning' },
    { given: '?a=b&sslmode=prefer&c=d', used: '?a=b&sslmode=verify-full&c=d', why: 'the rest stays' },
    { given: '?sslmode=no-verify', used: '?sslmode=no-verify', why: 'said by name' },
    {
      given: '?uselibpqcompat=true&sslmode=require',
      used: '?uselibpqcompat=true&sslmode=require',
      why: 'libpq’s meaning',
    },
  ])('passes on $given as $used: $why', ({ given, used }) => {
    expect(parseConnectionTarget(`postgres://h/db${given}`).connectionString).toBe(`postgres://h/db${used}`);
  });
});
