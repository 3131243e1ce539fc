import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../log/logger.ts';
import { openHtpasswdFile, type HtpasswdFileSystem } from './htpasswd-file.ts';
import { HtpasswdError } from './htpasswd.ts';

const HASH = '$2y$04$EQ/0FIzJNqb4h87/b1dJtuTrgv.FRlHSoeVztJXdVhd92Q6I4sOye';
const USERS = { alice: `alice:${HASH}\n`, bob: `bob:${HASH}\n`, both: `alice:${HASH}\nbob:${HASH}\n` } as const;
const PATH = '/etc/users';

/** A file that tests change; `undefined` is a file that is not there. */
interface FakeFile {
  text: string | undefined;
  inode: number;
  modifiedMs: number;
}

async function open(text: string | undefined = USERS.alice, duringFirstRead?: (file: FakeFile) => void) {
  const file: FakeFile = { text, inode: 1, modifiedMs: 1_000 };
  const during = { read: () => duringFirstRead?.(file) };
  const clock = { nowMs: 0 };
  const calls = { stat: 0, readFile: 0 };
  const lines: string[] = [];
  const present = (): string => {
    if (file.text !== undefined) return file.text;
    throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
  };
  const fileSystem: HtpasswdFileSystem = {
    async stat() {
      calls.stat += 1;
      const { length: sizeBytes } = present();
      return { isFile: true, inode: file.inode, sizeBytes, modifiedMs: file.modifiedMs };
    },
    async readFile() {
      calls.readFile += 1;
      const bytes = Buffer.from(present());
      during.read();
      return bytes;
    },
  };
  const log =
    (level: string): Logger['info'] =>
    (message, fields) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const opened = await openHtpasswdFile({ path: PATH, fileSystem, logger, now: () => clock.nowMs });
  during.read = () => undefined;
  const names = async (): Promise<string[]> => [...(await opened.users()).hashes.keys()];
  return {
    file,
    clock,
    calls,
    lines,
    during,
    names,
    /** The names after a change that came long enough after the last look. */
    namesAfter(change: Partial<FakeFile>) {
      Object.assign(file, change);
      clock.nowMs += 1_000;
      return names();
    },
  };
}

describe('story 011 basic authentication: changes of the file of users', () => {
  it('is looked at once a second at most, however many ask', async () => {
    const { calls, clock, names } = await open();
    const { stat } = calls;
    await Promise.all([names(), names()]);
    clock.nowMs = 999;
    await names();
    expect(calls.stat).toBe(stat);
    clock.nowMs = 1_000;
    await Promise.all([names(), names(), names()]);
    expect(calls.stat).toBe(stat + 1);
    expect(calls.readFile).toBe(1);
  });

  it.each([
    { change: { text: USERS.both }, names: ['alice', 'bob'], why: 'another size' },
    { change: { text: USERS.bob.replace('bob', 'carol'), modifiedMs: 1_001 }, names: ['carol'], why: 'another time' },
    { change: { text: USERS.alice.replace('alice', 'alina'), inode: 2 }, names: ['alina'], why: 'another file' },
  ])('is read again when it has $why', async ({ change, names }) => {
    const { namesAfter, lines } = await open();
    expect(await namesAfter(change)).toEqual(names);
    expect(lines).toEqual([`info file of users read again {"path":"${PATH}","users":${names.length}}`]);
  });

  it.each([
    { text: 'alice:$apr1$x$y\n', says: 'line 1: the scheme is MD5 (apr1)', why: 'became wrong' },
    { text: '', says: 'names no user', why: 'became empty' },
    { text: undefined, says: 'does not exist', why: 'vanished' },
  ])('keeps the users before it when it $why, and says so once', async ({ text, says }) => {
    const { namesAfter, lines } = await open();
    expect(await namesAfter({ text })).toEqual(['alice']);
    expect(await namesAfter({})).toEqual(['alice']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^error /);
    expect(lines[0]).toContain(says);
    expect(lines[0]).toContain(PATH);
    expect(await namesAfter({ text: USERS.bob })).toEqual(['bob']);
    expect(lines).toHaveLength(2);
  });

  it('is used again when what is there is what was there before', async () => {
    const { namesAfter, lines } = await open();
    await namesAfter({ text: undefined });
    expect(await namesAfter({ text: USERS.alice })).toEqual(['alice']);
    await namesAfter({ text: undefined });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['error', 'info', 'error']);
  });

  it('is left alone while it is written', async () => {
    const { namesAfter, during, file, lines } = await open();
    during.read = () => {
      file.modifiedMs += 1;
    };
    expect(await namesAfter({ text: USERS.bob })).toEqual(['alice']);
    expect(lines).toEqual([]);
    during.read = () => undefined;
    expect(await namesAfter({})).toEqual(['bob']);
  });

  it('misses no change that came while it was read for the first time', async () => {
    const { namesAfter } = await open(USERS.alice, (file) =>
      Object.assign(file, { text: USERS.bob, modifiedMs: 2_000 }),
    );
    expect(await namesAfter({})).toEqual(['bob']);
  });

  it('is read again when it was replaced on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'squizzle-htpasswd-'));
    const path = join(folder, 'users');
    const clock = { nowMs: 0 };
    const logger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    try {
      await writeFile(path, USERS.alice);
      const opened = await openHtpasswdFile({ path, logger, now: () => clock.nowMs });
      await writeFile(join(folder, 'new'), USERS.bob);
      await rename(join(folder, 'new'), path);
      expect([...(await opened.users()).hashes.keys()]).toEqual(['alice']);
      clock.nowMs = 1_000;
      expect([...(await opened.users()).hashes.keys()]).toEqual(['bob']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    { text: undefined, says: 'does not exist; make it with "htpasswd -B -c"', why: 'is not there' },
    { text: '', says: 'names no user', why: 'is empty' },
    { text: 'alice\n', says: 'line 1', why: 'is wrong' },
    { text: '#'.repeat(1024 * 1024 + 1), says: 'bytes', why: 'is too large' },
  ])('is an error from the start when it $why', async ({ text, says }) => {
    const opening = text === undefined ? openMissing() : open(text);
    await expect(opening).rejects.toThrow(HtpasswdError);
    await expect(text === undefined ? openMissing() : open(text)).rejects.toThrow(says);
  });

  it('is an error from the start when it is a folder', async () => {
    const logger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const opening = openHtpasswdFile({ path: tmpdir(), logger, now: () => 0 });
    await expect(opening).rejects.toThrow(`file of users ${tmpdir()}: it is no regular file`);
  });
});

function openMissing() {
  const missing = () => Promise.reject(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }));
  const logger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return openHtpasswdFile({ path: PATH, fileSystem: { stat: missing, readFile: missing }, logger, now: () => 0 });
}
