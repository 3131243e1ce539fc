import { describe, expect, it } from 'vitest';
import { shownWords } from './shown-words.ts';

describe('shownWords', () => {
  it.each([
    { said: '', shown: '', why: 'nothing was said' },
    {
      said: '\n\n  gpg: decryption failed: No secret key\nmore\n',
      shown: 'gpg: decryption failed: No secret key',
      why: 'the first line',
    },
    { said: 'a\u001b[31mred\u0000b', shown: 'a [31mred b', why: 'no control characters for the terminal' },
    { said: 'token AQICAHh1c2VybmFtZQ12 expired', shown: 'token *** expired', why: 'what looks like a token' },
    { said: 'auth=eyJhbGciOiJIUzI1NiJ9.e30.sig/x bad', shown: '*** bad', why: 'the whole word around one' },
    { said: 'cannot open /usr/local/share/x', shown: 'cannot open /usr/local/share/x', why: 'paths stay' },
    { said: 'the word is hunter2!', shown: 'the word is ***!', why: 'a secret that is known' },
    { said: `x ${'y '.repeat(300)}`, shown: `x ${'y '.repeat(99)}…`, why: 'short' },
  ])('shows $shown: $why', ({ said, shown }) => {
    expect(shownWords(said, ['', 'hunter2'])).toBe(shown);
  });
});
