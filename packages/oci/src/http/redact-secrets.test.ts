import { describe, expect, it } from 'vitest';
import { redactSecrets, secretsOfHeader } from './redact-secrets.ts';

const SECRET = 'päss word/hunter2';
const BASE64 = Buffer.from(SECRET).toString('base64');

describe('redactSecrets', () => {
  it.each([
    { text: 'incorrect user name or password', shown: 'incorrect user name or password', why: 'plain words' },
    { text: `no ${SECRET}, sorry`, shown: 'no ***, sorry', why: 'the secret itself' },
    { text: `${SECRET}${SECRET} and ${SECRET}`, shown: '****** and ***', why: 'every time' },
    { text: 'no PÄSS WORD/HUNTER2!', shown: 'no ***!', why: 'in another case' },
    { text: 'no p äss  wo\u0007rd/hunt\ner2.', shown: 'no ***.', why: 'with what cannot be seen in between' },
    { text: `x=${encodeURIComponent(SECRET)}&`, shown: 'x=***&', why: 'encoded for a URL' },
    { text: 'x=p%C3%A4ss+word%2Fhunter2&', shown: 'x=***&', why: 'encoded for a form' },
    { text: `got ${BASE64}.`, shown: 'got ***.', why: 'in base64' },
    { text: 'it was päss word…', shown: 'it was ***…', why: 'cut short' },
    { text: 'it was päss wo', shown: 'it was päss wo', why: 'cut too short to tell' },
    { text: '😀 päss word/hunter2 😀', shown: '😀 *** 😀', why: 'beside characters of two units' },
  ])('shows "$shown": $why', ({ text, shown }) => {
    expect(redactSecrets(text, [SECRET])).toBe(shown);
  });

  it('blots out all of one that is escaped in a JSON text', () => {
    const secret = 'hunter2hunter2"/+\\@ rest';
    expect(redactSecrets(JSON.stringify({ message: `no ${secret}!` }), [secret])).toBe('{"message":"no ***!"}');
  });

  it.each([
    { secret: 'abc', text: 'abc, abcd and "abc"', shown: '***, abcd and "***"', why: 'a short one as a word' },
    { secret: '', text: 'as it is', shown: 'as it is', why: 'an empty one is none' },
    { secret: ' ', text: 'as it is', shown: 'as it is', why: 'nor is a space' },
    { secret: '\ud800xxxxxxxx', text: 'as it is', shown: 'as it is', why: 'half a character' },
  ])('of $why', ({ secret, text, shown }) => {
    expect(redactSecrets(text, [secret])).toBe(shown);
  });

  it('blots out several that overlap', () => {
    expect(redactSecrets('say 12345678abcdefgh!', ['12345678abcd', '5678abcdefgh'])).toBe('say ***!');
  });
});

describe('secretsOfHeader', () => {
  const basic = Buffer.from('ada:pass:word').toString('base64');

  it.each([
    { header: `Basic ${basic}`, secrets: [basic, 'pass:word'], why: 'the password too' },
    { header: 'Bearer t0ken', secrets: ['t0ken'], why: 'the token' },
    { header: undefined, secrets: [], why: 'none' },
  ])('finds $secrets: $why', ({ header, secrets }) => {
    expect(secretsOfHeader(header)).toEqual(secrets);
  });
});
