/**
 * What every list of the contract has to do with pages.
 *
 * @module
 */
import { expect, it } from 'vitest';
import type { Listing, Page } from '../../src/storage/contracts.ts';
import type { CurrentFixture } from './store-fixture.ts';

export interface ListUnderTest<T> {
  readonly what: string;
  /** All items, in the order they are to be listed. Two at least. */
  readonly expected: readonly T[];
  readonly cursorOf: (item: T) => string;
  /** Puts the items in, in another order. */
  fill(fixture: ReturnType<CurrentFixture>): Promise<void>;
  list(fixture: ReturnType<CurrentFixture>, page: Page): Promise<Listing<T>>;
  /** Cursors that are no items, beside those that every list is asked with. */
  readonly strangeCursors?: readonly string[];
}

const LAST_OF_ALL = '\u{10FFFF}';

/** Cases that hold for lists of anything. */
export function itPages<T>(current: CurrentFixture, list: ListUnderTest<T>): void {
  const { what, expected, cursorOf } = list;
  const count = expected.length;

  it.each([
    { limit: 1, why: 'one by one' },
    { limit: 2, why: 'the last page may be half full' },
    { limit: count - 1, why: 'one is left over' },
    { limit: count, why: 'all fit exactly, so there is no more' },
    { limit: count + 1, why: 'there is room for one more' },
    { limit: 1_000, why: 'as most clients ask' },
  ])(`lists ${what} in pages of $limit: $why`, async ({ limit }) => {
    await list.fill(current());
    for (let start = 0; start < count; start += limit) {
      const last = expected[start - 1];
      const page = await list.list(current(), { limit, ...(last !== undefined && { after: cursorOf(last) }) });
      expect(page).toEqual({ items: expected.slice(start, start + limit), more: start + limit < count });
    }
  });

  it(`lists no ${what} for 0, and no more after none: there is no last one to go on from`, async () => {
    await list.fill(current());
    expect(await list.list(current(), { limit: 0 })).toEqual({ items: [], more: false });
    expect(await list.list(current(), { limit: 0, after: cursorOf(expected[0] as T) })).toEqual({
      items: [],
      more: false,
    });
  });

  it(`lists the ${what} after a cursor, whether or not it is an item`, async () => {
    await list.fill(current());
    const items = expected.map((item) => cursorOf(item));
    const around = items.flatMap((item) => [item, `${item}\0`, `${item}/`, `${item}~`, item.slice(0, -1)]);
    for (const after of [...around, '', '.', '../..', '~', 'é', LAST_OF_ALL, ...(list.strangeCursors ?? [])]) {
      const rest = expected.filter((item) => compareBytes(cursorOf(item), after) > 0);
      const page = await list.list(current(), { limit: count, after });
      expect({ after, ...page }).toEqual({ after, items: rest, more: false });
    }
  });
}

export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
