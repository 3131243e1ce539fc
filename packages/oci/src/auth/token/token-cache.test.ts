import { describe, expect, it } from 'vitest';
import { createTokenCache, type TokenQuery } from './token-cache.ts';

const PULL: TokenQuery = { audience: 'service and alice', scopes: ['repository:a:pull'] };
const PUSH: TokenQuery = { ...PULL, scopes: ['repository:a:pull,push'] };

/** Tokens t1, t2 … that are good for 50 s of a clock which the test moves. */
function openCache() {
  const clock = { now: 0 };
  const fetched: AbortSignal[] = [];
  const cache = createTokenCache(() => clock.now);
  const get = async (query: TokenQuery) =>
    cache(query, async (signal) => {
      fetched.push(signal);
      const token = `t${fetched.length}`;
      await Promise.resolve();
      return { token, renewAt: clock.now + 50_000 };
    });
  return { clock, fetched, get };
}

describe('createTokenCache', () => {
  it.each([
    { first: PULL, second: PULL, token: 't1', why: 'the same scopes' },
    { first: PUSH, second: PULL, token: 't1', why: 'fewer scopes' },
    { first: PULL, second: { ...PULL, scopes: [] }, token: 't1', why: 'no scopes' },
    { first: PULL, second: PUSH, token: 't2', why: 'more scopes' },
    { first: PULL, second: { ...PULL, audience: 'service and bob' }, token: 't2', why: 'somebody else' },
    { first: PULL, second: { ...PULL, refused: 't1' }, token: 't2', why: 'the registry refused the one that is there' },
    { first: PULL, second: { ...PULL, refused: 't0' }, token: 't1', why: 'it refused one that was replaced since' },
  ])('gives $token for $why', async ({ first, second, token }) => {
    const { get } = openCache();
    expect(await get(first)).toEqual({ token: 't1', cached: false });
    expect(await get(second)).toEqual({ token, cached: token === 't1' });
  });

  it('asks anew when it is time to', async () => {
    const { clock, get } = openCache();
    await get(PULL);
    clock.now = 49_999;
    expect(await get(PULL)).toEqual({ token: 't1', cached: true });
    clock.now = 50_000;
    expect(await get(PULL)).toEqual({ token: 't2', cached: false });
  });

  it('asks once for 20 who want the same at once', async () => {
    const { fetched, get } = openCache();
    const tokens = await Promise.all(Array.from({ length: 20 }, async () => get(PULL)));
    expect(fetched).toHaveLength(1);
    expect(new Set(tokens.map(({ token }) => token))).toEqual(new Set(['t1']));
  });

  it('lets the others have the token when one of them gives up', async () => {
    const { fetched, get } = openCache();
    const impatient = new AbortController();
    const given = get({ ...PULL, signal: impatient.signal });
    const waiting = get(PULL);
    impatient.abort(new RangeError('stopped by the test'));
    await expect(given).rejects.toThrow('stopped by the test');
    expect(await waiting).toEqual({ token: 't1', cached: false });
    expect(fetched).toHaveLength(1);
  });

  it('keeps no failure', async () => {
    const cache = createTokenCache(() => 0);
    await expect(cache(PULL, async () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    expect(await cache(PULL, async () => ({ token: 'yes', renewAt: 1 }))).toEqual({ token: 'yes', cached: false });
  });

  it('does not grow without end', async () => {
    const { fetched, get } = openCache();
    for (let index = 0; index <= 100; index += 1) await get({ ...PULL, scopes: [`repository:r${index}:pull`] });
    expect((await get({ ...PULL, scopes: ['repository:r100:pull'] })).cached).toBe(true);
    expect((await get({ ...PULL, scopes: ['repository:r0:pull'] })).cached).toBe(false);
    expect(fetched).toHaveLength(102);
  });
});
