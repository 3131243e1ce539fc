import { describe, expect, it } from 'vitest';
import { parseFirstByte, parseReceived } from './byte-range.ts';

describe('parseReceived', () => {
  it.each([
    { text: '0-99', bytes: 100, why: 'the last byte is included' },
    { text: 'bytes=0-99', bytes: 100, why: 'as the Docker API wrote it' },
    { text: '0-0', bytes: 0, why: 'one byte or none: registries do not tell them apart' },
    { text: '1-99', bytes: undefined, why: 'an upload begins with its first byte' },
    { text: '', bytes: undefined, why: 'nothing' },
    { text: '0--1', bytes: undefined, why: 'no number' },
    { text: '0-99999999999999999', bytes: undefined, why: 'more than can be counted' },
    { text: undefined, bytes: undefined, why: 'no header' },
  ])('$text is $bytes: $why', ({ text, bytes }) => {
    expect(parseReceived(text)).toBe(bytes);
  });
});

describe('parseFirstByte', () => {
  it.each([
    { text: 'bytes 7-9/10', first: 7 },
    { text: 'bytes 7-9/*', first: 7 },
    { text: 'bytes */10', first: undefined },
    { text: '7-9/10', first: undefined },
    { text: undefined, first: undefined },
  ])('$text begins at $first', ({ text, first }) => {
    expect(parseFirstByte(text)).toBe(first);
  });
});
