import { expect, it } from 'vitest';
import { boundedText } from './bounded-text.ts';

it.each([
  { chunks: [], text: '', overflows: 0, why: 'nothing' },
  { chunks: ['ab', 'cd'], text: 'abcd', overflows: 0, why: 'up to the limit' },
  { chunks: ['abcde'], text: 'abcd', overflows: 1, why: 'one too many' },
  { chunks: ['abc', 'def', 'ghi'], text: 'abcd', overflows: 1, why: 'told once' },
  { chunks: ['abcd', 'e'], text: 'abcd', overflows: 1, why: 'one too many after the limit' },
])('keeps "$text" of $chunks: $why', ({ chunks, text, overflows }) => {
  let told = 0;
  const bounded = boundedText(4, () => (told += 1));
  for (const chunk of chunks) bounded.add(Buffer.from(chunk));
  expect([bounded.text(), told]).toEqual([text, overflows]);
});
