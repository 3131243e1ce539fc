import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PulledArtifact, Version } from '@squizzle/core';
import { digestOf, type Digest } from '@squizzle/oci-spec';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatLockfile, parseLockfile } from './lockfile-text.ts';
import { createLockfile } from './lockfile.ts';

const digest = (text: string): Digest => digestOf(new TextEncoder().encode(text));
const [A, B] = [digest('a'), digest('b')];
const HEAD = 'lockfileVersion: 1\nreleases:\n';

describe('the text', () => {
  it('has a line a release, lowest first, whatever the order they came in', () => {
    const text = formatLockfile(
      new Map(
        [
          ['1.10.0', A],
          ['1.2.0', B],
          ['1.2.0-rc.1', A],
        ].map(([v, d]) => [v as Version, d as Digest]),
      ),
    );
    expect(text.split('\n').slice(3)).toEqual([`  1.2.0-rc.1: ${A}`, `  1.2.0: ${B}`, `  1.10.0: ${A}`, '']);
    expect(formatLockfile(parseLockfile(text, 'x'))).toBe(text);
  });

  it('is a YAML document', async () => {
    const { parse } = await import('yaml');
    expect(parse(formatLockfile(new Map([['1.0.0' as Version, A]])))).toEqual({
      lockfileVersion: 1,
      releases: { '1.0.0': A },
    });
  });

  it.each([
    { text: `<<<<<<< HEAD\n`, says: ':1: a merge was not finished', why: 'conflict marks' },
    { text: '', says: "expected 'lockfileVersion: 1'", why: 'empty' },
    { text: 'lockfileVersion: 2\n', says: ':1: another squizzle wrote it', why: 'of a later version' },
    {
      text: `${HEAD}  1.0.0: ${A}\n  1.0.0: ${B}\n`,
      says: ':4: 1.0.0 is here twice',
      why: 'two digests of one version',
    },
    { text: `${HEAD}  v1.0.0: ${A}\n`, says: ':3: expected two blanks', why: 'a tag is no version' },
    { text: `${HEAD}  1.0.0: sha256:123\n`, says: ':3: expected two blanks', why: 'no digest' },
    { text: `${HEAD}1.0.0: ${A}\n`, says: ':3: expected two blanks', why: 'not indented' },
    { text: 'name: shop\n', says: ":1: expected 'lockfileVersion: 1'", why: 'something else' },
  ])('refuses $why', ({ text, says }) => {
    expect(() => parseLockfile(text, 'squizzle.lock')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(says) as string }),
    );
  });

  it('takes what a merge of both sides leaves: the same line twice, another order, carriage returns', () => {
    const text = `${HEAD}  1.1.0: ${B}\n  1.0.0: ${A}\n  1.0.0: ${A}\n`.replaceAll('\n', '\r\n');
    expect(parseLockfile(text, 'x').size).toBe(2);
  });
});

async function createFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-lock-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const warnings: string[] = [];
  const open = (config = 'squizzle.yaml') =>
    createLockfile({
      configPath: join(folder, config),
      output: { warn: (text) => warnings.push(text) },
      signal: new AbortController().signal,
    });
  return { path: join(folder, 'squizzle.lock'), folder, open, warnings };
}

const [ONE, TWO] = ['1.0.0', '1.1.0'] as unknown as readonly [Version, Version];

/** 1.1.0 upon 1.0.0. */
function artifact(first: Digest, second: Digest): PulledArtifact {
  const releases = [{ version: ONE }, { version: TWO, previous: { version: ONE, digest: first } }];
  const store = { description: 'the store' };
  return { root: { digest: second }, releases, manifest: releases[1], store } as unknown as PulledArtifact;
}

describe('the file', () => {
  it('records a release once, and bears the name of its configuration', async () => {
    const { folder, open } = await createFolder();
    await open('shop.yaml').record(ONE, A);
    const written = await stat(join(folder, 'shop.lock'));
    await open('shop.yaml').record(ONE, A);
    expect((await stat(join(folder, 'shop.lock'))).ino).toBe(written.ino);
    expect(parseLockfile(await readFile(join(folder, 'shop.lock'), 'utf8'), 'x')).toEqual(new Map([[ONE, A]]));
  });

  it('keeps every line of many that write at once', async () => {
    const { path, open } = await createFolder();
    const versions = Array.from({ length: 12 }, (_, minor) => `1.${minor}.0` as Version);
    await Promise.all(versions.map((version) => open().record(version, A)));
    expect([...parseLockfile(await readFile(path, 'utf8'), 'x').keys()]).toEqual(versions);
  });

  it.each([
    {
      first: B,
      second: B,
      tag: 'v1.0.0',
      says: '1.1.0 descends from',
      why: 'an earlier release of its chain is another',
    },
    { first: A, second: A, tag: 'v1.1.0', says: 'but the store has', why: 'the release itself is another' },
  ])('refuses with TAG_MOVED when $why', async ({ first, second, tag, says }) => {
    const { open } = await createFolder();
    await open().record(ONE, A);
    await open().record(TWO, B);
    await expect(open().check(artifact(first, second), null)).rejects.toMatchObject({
      code: 'TAG_MOVED',
      details: { tag },
      message: expect.stringContaining(says) as string,
    });
    await expect(open().check(artifact(A, B), null)).resolves.toBeUndefined();
  });

  it('compares the line of the version that was asked for, whatever the release says it is', async () => {
    const { open } = await createFolder();
    await open().record('1.0.5' as Version, A);
    const asked = { kind: 'version', version: '1.0.5' as Version } as const;
    await expect(open().check(artifact(A, B), null)).resolves.toBeUndefined();
    await expect(open().check(artifact(A, B), asked)).rejects.toMatchObject({
      code: 'TAG_MOVED',
      details: { tag: 'v1.0.5', expected: A, actual: B },
    });
  });

  it('never writes over a line', async () => {
    const { path, open } = await createFolder();
    await open().record(ONE, A);
    await expect(open().checkNew(ONE, B)).rejects.toMatchObject({
      code: 'TAG_IMMUTABLE',
      details: { existing: A, refused: B },
    });
    await expect(open().record(ONE, B)).rejects.toMatchObject({ code: 'TAG_IMMUTABLE' });
    expect(await readFile(path, 'utf8')).toContain(A);
  });

  it('says which line is missing where it cannot be written, and fails nothing', async () => {
    const { path, open, warnings } = await createFolder();
    await mkdir(path);
    await open().record(ONE, A);
    expect(warnings).toEqual([expect.stringContaining(`the line '1.0.0: ${A}' is missing there`)]);
  });
});
