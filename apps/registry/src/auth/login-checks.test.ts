import { describe, expect, it } from 'vitest';
import { createLoginChecks, type LoginChecksOptions } from './login-checks.ts';

const LOGIN = { user: 'alice', password: 'secret', hash: 'hash of secret' };

/** Compares when told to: `hash of P` is opened by `P`. */
function openChecks(options: Partial<LoginChecksOptions> = {}) {
  const clock = { nowMs: 0 };
  const compared: string[] = [];
  const held: (() => void)[] = [];
  const hold = { on: false };
  const checks = createLoginChecks({
    comparer: {
      async compare(password, hash) {
        compared.push(password);
        if (hold.on) await new Promise<void>((resolve) => void held.push(resolve));
        if (password === 'broken') throw new RangeError('no thread');
        return hash === `hash of ${password}`;
      },
      close: () => Promise.resolve(),
    },
    now: () => clock.nowMs,
    ...options,
  });
  const release = (): void => {
    hold.on = false;
    for (const go of held.splice(0)) go();
  };
  return { checks, clock, compared, hold, release };
}

describe('story 011 basic authentication: logins under check', () => {
  it('remembers a right login for a minute, from when it was checked', async () => {
    const { checks, clock, compared } = openChecks();
    expect(await checks.isRight(LOGIN)).toBe(true);
    clock.nowMs = 59_999;
    expect(await checks.isRight(LOGIN)).toBe(true);
    expect(compared).toHaveLength(1);
    clock.nowMs = 60_000;
    expect(await checks.isRight(LOGIN)).toBe(true);
    expect(compared).toHaveLength(2);
  });

  it('never remembers a wrong login', async () => {
    const { checks, compared } = openChecks();
    expect(await checks.isRight({ ...LOGIN, password: 'guess' })).toBe(false);
    expect(await checks.isRight({ ...LOGIN, password: 'guess' })).toBe(false);
    expect(compared).toHaveLength(2);
  });

  it.each([
    { other: { user: 'bob' }, right: true, why: 'another user with the same hash' },
    { other: { password: 'Secret' }, right: false, why: 'another password' },
    { other: { hash: 'hash of something new' }, right: false, why: 'a hash that was changed' },
    { other: { user: 'alicesecret', password: '' }, right: false, why: 'the same characters, cut elsewhere' },
  ])('checks $why anew', async ({ other, right }) => {
    const { checks, compared } = openChecks();
    await checks.isRight(LOGIN);
    expect(await checks.isRight({ ...LOGIN, ...other })).toBe(right);
    expect(compared).toHaveLength(2);
  });

  it('forgets the oldest right login when there are too many', async () => {
    const { checks, compared } = openChecks({ remembered: 2 });
    for (const user of ['a', 'b', 'c', 'c', 'b']) await checks.isRight({ ...LOGIN, user });
    expect(compared).toHaveLength(3);
    await checks.isRight({ ...LOGIN, user: 'a' });
    expect(compared).toHaveLength(4);
  });

  it('checks once what is asked several times at once', async () => {
    const { checks, compared, hold, release } = openChecks();
    hold.on = true;
    const asked = [LOGIN, LOGIN, { ...LOGIN, password: 'guess' }, { ...LOGIN, password: 'guess' }];
    const answers = Promise.all(asked.map((login) => checks.isRight(login)));
    release();
    expect(await answers).toEqual([true, true, false, false]);
    expect(compared).toEqual(['secret', 'guess']);
  });

  it('refuses more than can wait, but not what is being checked already', async () => {
    const { checks, compared, hold, release } = openChecks({ waiting: 2 });
    hold.on = true;
    const first = checks.isRight(LOGIN);
    const second = checks.isRight({ ...LOGIN, user: 'bob' });
    const same = checks.isRight(LOGIN);
    await expect(checks.isRight({ ...LOGIN, user: 'carol' })).rejects.toMatchObject({
      kind: 'TOO_MANY_REQUESTS',
      headers: { 'Retry-After': '2' },
    });
    release();
    expect(await Promise.all([first, second, same])).toEqual([true, true, true]);
    expect(await checks.isRight({ ...LOGIN, user: 'carol' })).toBe(true);
    expect(compared).toHaveLength(3);
  });

  it('answers a remembered login however many wait', async () => {
    const { checks, hold, release } = openChecks({ waiting: 1 });
    await checks.isRight(LOGIN);
    hold.on = true;
    const guess = checks.isRight({ ...LOGIN, password: 'guess' });
    expect(await checks.isRight(LOGIN)).toBe(true);
    release();
    expect(await guess).toBe(false);
  });

  it('gives a failed check its place back', async () => {
    const { checks } = openChecks({ waiting: 1 });
    const broken = { ...LOGIN, password: 'broken' };
    await expect(checks.isRight(broken)).rejects.toThrow('no thread');
    await expect(checks.isRight(broken)).rejects.toThrow('no thread');
    expect(await checks.isRight(LOGIN)).toBe(true);
  });
});
