import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRepositoryName } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRegistryError } from '../registry-error.ts';
import { createBasicAccess, type BasicAccessOptions } from './basic-access.ts';

/** As `htpasswd -nbB -C 4` and `-C 5` printed them. */
const ALICE = '$2y$04$EQ/0FIzJNqb4h87/b1dJtuTrgv.FRlHSoeVztJXdVhd92Q6I4sOye';
const BOB = '$2y$05$E3WR3h2ts/rw9/jjnvf0iuMFPSw5UcuoSbBy.8TVuUwdWEIiTHBfO';
const PASSWORDS: Readonly<Record<string, string>> = { [ALICE]: 'wonderland', [BOB]: 'pass:with:colons' };

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const shop = parseRepositoryName('shop');

async function open(options: Partial<BasicAccessOptions> = {}) {
  const file = { text: `alice:${ALICE}\nbob:${BOB}\n`, modifiedMs: 1 };
  const clock = { nowMs: 0 };
  const compared: { password: string; hash: string }[] = [];
  const access = await createBasicAccess({
    htpasswd: 'users',
    now: () => clock.nowMs,
    fileSystem: {
      stat: async () => ({ isFile: true, inode: 1, sizeBytes: file.text.length, modifiedMs: file.modifiedMs }),
      readFile: async () => Buffer.from(file.text),
    },
    comparer: {
      async compare(password, hash) {
        compared.push({ password, hash });
        return PASSWORDS[hash] === password;
      },
      close: () => Promise.resolve(),
    },
    ...options,
  });
  /** `ok`, or the kind of the refusal, which must ask for a password. */
  const enter = async (authorization: string | undefined): Promise<string> => {
    try {
      await access.identify(authorization);
      return 'ok';
    } catch (thrown) {
      if (!isRegistryError(thrown, 'UNAUTHORIZED')) throw thrown;
      expect(thrown.headers).toEqual({ 'WWW-Authenticate': access.challenge });
      return thrown.message;
    }
  };
  return { access, clock, compared, enter, file };
}

describe('story 011 basic authentication', () => {
  it('knows a user by name and password', async () => {
    const { access } = await open();
    expect(await access.identify(basic('alice', 'wonderland'))).toEqual({ user: 'alice' });
    expect(await access.identify(basic('bob', 'pass:with:colons'))).toEqual({ user: 'bob' });
  });

  it('asks for a password in its realm', async () => {
    const { access } = await open({ realm: 'the "shop"' });
    expect(access.challenge).toBe(String.raw`Basic realm="the \"shop\"", charset="UTF-8"`);
    await expect(access.identify(undefined)).rejects.toMatchObject({
      kind: 'UNAUTHORIZED',
      headers: { 'WWW-Authenticate': access.challenge },
    });
  });

  it.each([
    { authorization: undefined, anonymous: true, why: 'no password' },
    { authorization: 'Basic Og==', anonymous: true, why: 'what podman sends without a password' },
    { authorization: basic('', 'wonderland'), why: 'a password without a user' },
    { authorization: '', why: 'an empty header' },
    { authorization: 'Bearer token', why: 'another scheme' },
    { authorization: basic('alice', 'Wonderland'), why: 'a wrong password' },
    { authorization: basic('alice', 'pass:with:colons'), why: "somebody else's password" },
    { authorization: basic('alice', ''), why: 'an empty password' },
    { authorization: basic('Alice', 'wonderland'), why: 'a name in other letters' },
    { authorization: basic('carol', 'wonderland'), why: 'an unknown user' },
    { authorization: basic('__proto__', 'wonderland'), why: 'a name that objects have' },
  ])(
    'refuses $why, unless anonymous callers may pull and this is one',
    async ({ authorization, anonymous = false }) => {
      const closed = await open();
      const refusal = await closed.enter(authorization);
      expect(refusal).not.toBe('ok');
      const pullable = await open({ anonymousPull: true });
      expect(await pullable.enter(authorization)).toBe(anonymous ? 'ok' : refusal);
    },
  );

  it('does the same work and gives the same answer for an unknown user and a wrong password', async () => {
    const { compared, enter } = await open();
    const wrong = await enter(basic('alice', 'guess'));
    const unknown = await enter(basic('carol', 'guess'));
    expect(unknown).toBe(wrong);
    expect(compared).toHaveLength(2);
    const [known, decoy] = compared.map(({ hash }) => hash);
    expect(known).toBe(ALICE);
    expect(decoy).toMatch(/^\$2y\$0[45]\$[./A-Za-z0-9]{53}$/);
  });

  it('spreads unknown users over the costs in the file, each name always at the same', async () => {
    const { compared, enter } = await open();
    const names = Array.from({ length: 64 }, (_, index) => `nobody${index}`);
    for (const name of [...names, ...names]) await enter(basic(name, 'guess'));
    const costs = compared.map(({ hash }) => hash.slice(0, 7));
    expect(new Set(costs)).toEqual(new Set(['$2y$04$', '$2y$05$']));
    expect(costs.slice(64)).toEqual(costs.slice(0, 64));
  });

  it('lets nobody in whom the file does not name, even if the password opened something', async () => {
    const comparer = { compare: () => Promise.resolve(true), close: () => Promise.resolve() };
    const { enter } = await open({ comparer });
    expect(await enter(basic('carol', 'guess'))).toBe('user name or password is wrong');
    expect(await enter(basic('carol', 'guess'))).toBe('user name or password is wrong');
  });

  it('compares a password of 72 bytes, and none that bcrypt would cut', async () => {
    const { compared, enter } = await open();
    expect(await enter(basic('alice', 'é'.repeat(36)))).toBe('user name or password is wrong');
    expect(await enter(basic('alice', `${'é'.repeat(36)}x`))).toContain('longer than 72 bytes');
    expect(compared).toHaveLength(1);
  });

  it('checks a password that comes with every request once', async () => {
    const { compared, enter } = await open();
    for (let request = 0; request < 10; request += 1) expect(await enter(basic('alice', 'wonderland'))).toBe('ok');
    expect(compared).toHaveLength(1);
  });

  it.each([
    { text: `alice:${BOB}\nbob:${BOB}\n`, why: 'whose password was changed' },
    { text: `bob:${BOB}\n`, why: 'who was removed' },
  ])('refuses a remembered user $why, within a second', async ({ text }) => {
    const { clock, enter, file } = await open();
    expect(await enter(basic('alice', 'wonderland'))).toBe('ok');
    Object.assign(file, { text, modifiedMs: 2 });
    clock.nowMs = 1_000;
    expect(await enter(basic('alice', 'wonderland'))).toBe('user name or password is wrong');
  });

  it.each([
    { user: 'alice', anonymousPull: false, may: ['pull', 'push', 'delete', 'catalog'] },
    { user: 'alice', anonymousPull: true, may: ['pull', 'push', 'delete', 'catalog'] },
    { user: undefined, anonymousPull: true, may: ['pull'] },
    { user: undefined, anonymousPull: false, may: [] },
  ])('allows $user, with anonymous pull $anonymousPull: $may', async ({ user, anonymousPull, may }) => {
    const { access } = await open({ anonymousPull });
    const actions = ['pull', 'push', 'delete', 'catalog'] as const;
    expect(actions.filter((action) => access.allows({ user }, action, shop))).toEqual(may);
  });

  it('answers any header at all with a caller or with UNAUTHORIZED', async () => {
    const { enter } = await open();
    const text = fc.uint16Array().map((units) => String.fromCharCode(...units));
    const header = fc.oneof(
      text,
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.string().map((credentials) => `Basic ${credentials}`),
      fc.uint8Array().map((bytes) => `Basic ${Buffer.from(bytes).toString('base64')}`),
      fc.tuple(text, text).map(([user, password]) => basic(user, password)),
    );
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        expect(await enter(authorization)).not.toBe('ok');
      }),
      { numRuns: 300 },
    );
  });

  it('says from the start what is wrong with file or realm', async () => {
    await expect(createBasicAccess({ htpasswd: join(tmpdir(), 'missing') })).rejects.toThrow('does not exist');
    await expect(open({ realm: 'a\r\nb' })).rejects.toThrow(TypeError);
  });

  it('works on a real file with real bcrypt, and closes more than once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'squizzle-auth-'));
    try {
      await writeFile(join(folder, 'users'), `alice:${ALICE}\n`);
      const access = await createBasicAccess({ htpasswd: join(folder, 'users') });
      expect(await access.identify(basic('alice', 'wonderland'))).toEqual({ user: 'alice' });
      for (const refused of [basic('alice', 'guess'), basic('bob', 'wonderland')]) {
        await expect(access.identify(refused)).rejects.toMatchObject({ kind: 'UNAUTHORIZED' });
      }
      await access.close();
      await access.close();
      await expect(access.identify(basic('alice', 'new'))).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('starts no thread when it is closed before the first password', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'squizzle-auth-'));
    try {
      await writeFile(join(folder, 'users'), `alice:${ALICE}\n`);
      const access = await createBasicAccess({ htpasswd: join(folder, 'users') });
      await access.close();
      await expect(access.identify(basic('alice', 'wonderland'))).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
