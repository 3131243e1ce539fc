import { beforeEach, describe, expect, it } from 'vitest';
import type { FileFacts } from './file-system.ts';
import { createLineCache, type LineCache } from './line-cache.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';
import { watchFileSystem } from '../../../test/filesystem/watched-file-system.ts';

const PATH = '/line';
const WRITTEN_MS = 1_000_000;

let disk: MemoryFileSystem;
let lines: LineCache<{ readonly line: string }>;
let opened: number;
let nowMs: number;
/** What the disk says about the file, which a test may set to what a real one could say. */
let facts: Partial<FileFacts>;

beforeEach(async () => {
  disk = createMemoryFileSystem();
  [opened, nowMs, facts] = [0, WRITTEN_MS, {}];
  const watched = watchFileSystem(disk, { begin: ({ name }) => void (opened += name === 'open' ? 1 : 0) });
  const fs = { ...watched, stat: async (path: string) => ({ ...(await watched.stat(path)), ...facts }) };
  const parse = (_: string, line: string): { line: string } => ({ line });
  lines = createLineCache(fs, { maxBytes: 100, room: 10, parse, now: () => nowMs });
  await replace('old');
});

/** Another file of the same size under the same name. */
async function replace(line: string): Promise<void> {
  const fd = await disk.open('/beside', 'wx', 0o444);
  await disk.write(fd, Buffer.from(`${line}\n`), 0);
  await disk.touch(fd, WRITTEN_MS);
  await disk.close(fd);
  await disk.rename('/beside', PATH);
}

describe('a line that is read again', () => {
  it.each([
    { ageMs: 0, reads: 2, why: 'a file of the same tick could have taken its number' },
    { ageMs: 2_000, reads: 2, why: 'not certainly older than a tick' },
    { ageMs: 2_001, reads: 1, why: 'whatever replaces it now has another time' },
  ])('$ageMs ms after it was written: the file is opened $reads times: $why', async ({ ageMs, reads }) => {
    nowMs = WRITTEN_MS + ageMs;
    for (let time = 0; time < 2; time++) expect(await lines.read(PATH)).toEqual({ line: 'old' });
    expect(opened).toBe(reads);
  });

  it.each([
    { difference: 'number', seen: {} },
    { difference: 'time', seen: { ino: 7 } },
  ])('is the new one when the file has another $difference', async ({ seen }) => {
    facts = seen;
    nowMs = WRITTEN_MS + 10_000;
    await lines.read(PATH);
    await replace('new');
    facts = { ...seen, ...('ino' in seen && { mtimeMs: WRITTEN_MS + 1 }) };
    expect(await lines.read(PATH)).toEqual({ line: 'new' });
  });

  it('is the new one though number, time and size are the same, when the old one was young', async () => {
    facts = { ino: 7, mtimeMs: WRITTEN_MS };
    await lines.read(PATH);
    await replace('new');
    expect(await lines.read(PATH)).toEqual({ line: 'new' });
  });

  it('is gone when the file is, and when it was forgotten it is read again', async () => {
    nowMs = WRITTEN_MS + 10_000;
    await lines.read(PATH);
    lines.forget(PATH);
    await lines.read(PATH);
    lines.forgetAll();
    await lines.read(PATH);
    expect(opened).toBe(3);
    await disk.unlink(PATH);
    expect(await lines.read(PATH)).toBeUndefined();
  });
});
