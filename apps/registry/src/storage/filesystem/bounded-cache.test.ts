import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundedCache } from './bounded-cache.ts';

const byLength = { weigh: (value: string) => value.length };

describe('createBoundedCache', () => {
  it('forgets what was asked for longest ago, not what was set first', () => {
    const cache = createBoundedCache({ room: 16, ...byLength });
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) cache.set(key, '12');
    cache.get('a');
    cache.set('i', '12');
    expect(['a', 'b', 'i'].map((key) => cache.get(key))).toEqual(['12', undefined, '12']);
  });

  it('gets room back from what is replaced and from what is deleted', () => {
    const cache = createBoundedCache({ room: 16, ...byLength });
    for (let round = 0; round < 100; round += 1) cache.set('a', '12');
    for (const key of ['b', 'c', 'd', 'e', 'f', 'g']) cache.set(key, '12');
    cache.delete('g');
    cache.delete('g');
    cache.set('h', '12');
    cache.set('i', '12');
    expect(cache.get('a')).toBe('12');
  });

  it.each([
    { value: '123', why: 'it would drive out an eighth of the others' },
    { value: '1'.repeat(100), why: 'there is not so much room at all' },
  ])('does not keep "$value": $why', ({ value }) => {
    const cache = createBoundedCache({ room: 16, ...byLength });
    cache.set('a', '1');
    cache.set('b', value);
    expect([cache.get('a'), cache.get('b')]).toEqual(['1', undefined]);
    cache.set('a', value);
    expect(cache.get('a')).toBeUndefined();
  });

  it('keeps nothing without room, and nothing after it was cleared', () => {
    const none = createBoundedCache({ room: 0, ...byLength });
    none.set('a', '1');
    expect(none.get('a')).toBeUndefined();
    const cache = createBoundedCache({ room: 16, ...byLength });
    cache.set('a', '1');
    cache.clear();
    expect(cache.get('a')).toBeUndefined();
  });

  it('never answers with another value than the last one set, and never holds more than its room', () => {
    const operations = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.string({ maxLength: 3 }))));
    fc.assert(
      fc.property(operations, (steps) => {
        const cache = createBoundedCache({ room: 24, ...byLength });
        const last = new Map<string, string>();
        for (const [key, value] of steps) {
          if (value === null) cache.delete(key);
          else cache.set(key, value);
          last.set(key, value ?? 'deleted');
          const held = ['a', 'b', 'c', 'd'].map((each) => [each, cache.get(each)] as const);
          for (const [each, found] of held) if (found !== undefined) expect(found).toBe(last.get(each));
          expect(held.reduce((sum, [, found]) => sum + (found?.length ?? 0), 0)).toBeLessThanOrEqual(24);
        }
      }),
    );
  });
});
