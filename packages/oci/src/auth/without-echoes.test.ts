import { describe, expect, it } from 'vitest';
import { withoutEchoes } from './without-echoes.ts';

describe('withoutEchoes', () => {
  it.each([
    { words: 'incorrect username or password', secrets: ['hunter2-hunter2'], shown: true, why: 'plain words' },
    { words: '', secrets: [], shown: false, why: 'no words' },
    { words: 'no user alice:hunter2-hunter2', secrets: ['hunter2-hunter2'], shown: false, why: 'the secret itself' },
    { words: 'bad HUNTER2-HUNTER2', secrets: ['hunter2-hunter2'], shown: false, why: 'in another case' },
    { words: 'bad aHVudGVyMi1odW50ZXIy', secrets: ['hunter2-hunter2'], shown: false, why: 'in base64' },
    { words: 'bad p%C3%A4ss%20word', secrets: ['päss word'], shown: false, why: 'encoded for a URL' },
    { words: 'bad päss   word', secrets: ['päss word'], shown: false, why: 'with other white space' },
    { words: 'it was hunter2-hu…', secrets: ['hunter2-hunter2'], shown: false, why: 'cut short' },
    { words: 'go away', secrets: ['a'], shown: false, why: 'a secret of one letter, to be safe' },
    { words: 'go away', secrets: [''], shown: true, why: 'an empty password is none' },
  ])('$why', ({ words, secrets, shown }) => {
    expect(withoutEchoes(words, secrets)).toBe(shown ? `, "${words}"` : '');
  });
});
