import { describe, expect, it } from 'vitest';
import { endpoint, parseServiceUrl } from './service-url.ts';

describe('parseServiceUrl', () => {
  it.each([
    { text: 'https://fulcio.example', why: 'what services have' },
    { text: 'https://host:8443/base?api-version=2', why: "GitHub's addresses of tokens have a query" },
    { text: 'http://127.0.0.1:8080', why: 'nobody else hears loopback' },
    { text: 'http://127.8.9.10', why: 'the whole block is loopback' },
    { text: 'http://[::1]:1', why: 'so it is in IPv6' },
    { text: 'http://localhost:1', why: 'by name' },
  ])('takes $text: $why', ({ text }) => {
    expect(parseServiceUrl(text)).toBeInstanceOf(URL);
  });

  it.each([
    { text: 'http://fulcio.example', why: 'a token would be readable on its way' },
    { text: 'http://localhost.example.com', why: 'a name that only begins like loopback' },
    { text: 'http://127.0.0.1.example.com', why: 'the same with the address' },
    { text: 'https://ann:hunter2@host', why: 'passwords do not belong there, and would get into messages' },
    { text: 'https://host/#x', why: 'a fragment means a copied address of a page' },
    { text: 'ftp://host', why: 'another protocol' },
    { text: 'host:8200', why: 'no protocol' },
    { text: '', why: 'empty' },
    { text: `https://host/${'a'.repeat(3000)}`, why: 'longer than any address' },
  ])('refuses $text: $why', ({ text }) => {
    expect(parseServiceUrl(text)).toBeUndefined();
  });
});

it.each([
  { base: 'https://h', expected: 'https://h/api' },
  { base: 'https://h/', expected: 'https://h/api' },
  { base: 'https://h/base/', expected: 'https://h/base/api' },
  { base: 'https://h?x=1', expected: 'https://h/api?x=1' },
])('an endpoint of $base is $expected', ({ base, expected }) => {
  expect(endpoint(new URL(base), '/api').href).toBe(expected);
});
