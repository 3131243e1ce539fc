import { describe, expect, it } from 'vitest';
import { parseTokenAnswer } from './token-answer.ts';

const RECEIVED = 1_000_000;
const answer = (body: unknown) =>
  parseTokenAnswer(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), RECEIVED);

describe('parseTokenAnswer', () => {
  it.each([
    { body: { token: 'a' }, token: 'a', why: 'as distribution says' },
    { body: { access_token: 'b' }, token: 'b', why: 'as OAuth2 says' },
    { body: { token: 'a', access_token: 'a' }, token: 'a', why: 'both' },
    { body: { token: '', access_token: 'b' }, token: 'b', why: 'an empty one beside' },
    { body: { token: null, access_token: 'b' }, token: 'b', why: 'null beside' },
  ])('takes the token: $why', ({ body, token }) => {
    expect(answer(body)?.token).toBe(token);
  });

  it.each([
    { body: '', why: 'nothing' },
    { body: '<html>', why: 'a page' },
    { body: 'null', why: 'null' },
    { body: '[]', why: 'a list' },
    { body: {}, why: 'no token' },
    { body: { token: '' }, why: 'an empty token' },
    { body: { token: 7 }, why: 'a number' },
    { body: { token: 'a\r\nx-injected: b' }, why: 'a token that would be two headers' },
    { body: { token: 'päss' }, why: 'a token that no header can hold' },
  ])('finds no token in $why', ({ body }) => {
    expect(answer(body)).toBeUndefined();
  });

  it.each([
    { fields: {}, seconds: 50, why: 'a minute where it does not say, renewed 10 s early' },
    { fields: { expires_in: 0 }, seconds: 50, why: 'nothing sensible is as if it did not say' },
    { fields: { expires_in: -1 }, seconds: 50, why: 'nor is a negative number' },
    { fields: { expires_in: 'soon' }, seconds: 50, why: 'nor is a word' },
    { fields: { expires_in: '300' }, seconds: 270, why: 'a number as text' },
    { fields: { expires_in: 200 }, seconds: 180, why: 'a tenth of it early, between 10 s …' },
    { fields: { expires_in: 3600 }, seconds: 3570, why: '… and 30 s' },
    { fields: { expires_in: 10 }, seconds: 5, why: 'short ones at half of their life' },
    {
      fields: { expires_in: 300, issued_at: '2001-01-01T00:00:00Z' },
      seconds: 270,
      why: 'the other clock does not count',
    },
  ])('is renewed after $seconds s: $why', ({ fields, seconds }) => {
    expect(answer({ token: 'a', ...fields })?.renewAt).toBe(RECEIVED + seconds * 1_000);
  });
});
