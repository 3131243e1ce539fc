import { describe, expect, it } from 'vitest';
import { pairsOf, toHeaders } from './headers.ts';

describe('toHeaders', () => {
  const headers = toHeaders(
    pairsOf([Buffer.from('Link'), Buffer.from('<a>'), 'LINK', '<b>', 'X-Name', Buffer.from([0xe9])]),
  );

  it('finds names in any case, the first value of several', () => {
    expect(headers.get('link')).toBe('<a>');
    expect(headers.get('LiNk')).toBe('<a>');
  });

  it('keeps lines apart', () => {
    expect(headers.all('link')).toEqual(['<a>', '<b>']);
  });

  it('has nothing where nothing was sent', () => {
    expect(headers.get('location')).toBeUndefined();
    expect(headers.all('location')).toEqual([]);
  });

  it('reads bytes as Latin-1', () => {
    expect(headers.get('x-name')).toBe('é');
  });
});
