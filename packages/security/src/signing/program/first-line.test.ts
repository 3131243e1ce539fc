import { expect, it } from 'vitest';
import { firstLine } from './first-line.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz';

it.each([
  { said: '', shown: '', why: 'nothing was said' },
  { said: '\n \r\n  no device\nmore', shown: 'no device', why: 'the first line that has words' },
  { said: 'no \u001b[31mdevice\u0007', shown: 'no [31mdevice', why: 'control characters' },
  { said: 'bad token planted4711tokenplanted4711', shown: 'bad token ***', why: 'a token' },
  { said: `pin=${letters}`, shown: '***', why: 'letters alone: passwords have no digits' },
  { said: `"${letters}": refused`, shown: '"***": refused', why: 'a token in quotes' },
  { said: `${letters}!${letters}`, shown: '***!***', why: 'two tokens' },
  { said: 'see slot 3 of hsm-1.example.org', shown: 'see slot 3 of hsm-1.example.org', why: 'short words stay' },
  { said: `${letters.repeat(3)} no device`, shown: '*** no device', why: 'what is hidden takes no room' },
  { said: 'no '.repeat(100), shown: `${'no '.repeat(66)}no…`, why: 'a long line' },
  {
    said: `${'!'.repeat(90)} ${'a'.repeat(890)} ${letters}`,
    shown: `${'!'.repeat(90)} ***`,
    why: 'a token that was cut',
  },
])('shows of what a program says: $why', ({ said, shown }) => {
  expect(firstLine(said)).toBe(shown);
});

it.each([
  { what: 'one word without digits', said: `error: ${'a'.repeat(64 * 1024)}!` },
  { what: 'white space', said: `x${' '.repeat(64 * 1024)}!` },
  { what: 'lines without words', said: `${'\n \r'.repeat(21 * 1024)}!` },
  { what: 'words of just under twenty', said: `${'a'.repeat(19)} `.repeat(3 * 1024) },
])('takes no time for 64 KiB of $what', ({ said }) => {
  const begun = performance.now();
  for (let round = 0; round < 10; round += 1) firstLine(said);
  expect(performance.now() - begun).toBeLessThan(3000);
});
