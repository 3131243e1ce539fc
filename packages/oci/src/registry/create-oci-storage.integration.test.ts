import { MigrationEngine, parseVersion } from '@squizzle/core';
import { createSourceTree, createStatementAnalyzer } from '@squizzle/core/testing';
import { startRegistry, type RunningRegistry } from '@squizzle/registry';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOCIStorage } from './create-oci-storage.ts';

const created = new Date('2026-01-02T03:04:05Z');
const homeFolder = join(tmpdir(), 'squizzle-no-home');

describe('createOCIStorage', () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => registry.stop(0));

  const open = (repository?: string) =>
    createOCIStorage({ registry: `localhost:${registry.port}`, repository, insecure: true, homeFolder });

  async function build(repository: string, versions: readonly string[], column = 'i') {
    const storage = open(repository);
    const engine = new MigrationEngine({ storage });
    const texts: Record<string, string> = {};
    for (const [at, text] of versions.entries()) {
      texts[`migrations/${at}.sql`] = `CREATE TABLE t${at} (${column} int);`;
      const version = parseVersion(text);
      if (version === undefined) throw new TypeError(text);
      await engine.build(createSourceTree(texts), {
        name: 'shop',
        version,
        created,
        analyzer: createStatementAnalyzer(),
      });
    }
    return storage;
  }

  it('pushes, pulls, lists, finds and deletes releases', async () => {
    const first = await build('myorg/migrations', ['1.0.0', '1.0.1', '1.1.0']);
    expect(await first.list()).toEqual(['1.0.0', '1.0.1', '1.1.0']);
    const storage = open('myorg/copies');
    for (const version of await first.list()) {
      const { artifact, manifest } = await first.pull(version);
      expect(createHash('sha256').update(artifact).digest('hex')).toBe(manifest.checksum);
      expect(await storage.push(version, artifact, manifest)).toBe(
        `localhost:${registry.port}/myorg/copies:v${version}`,
      );
    }
    expect(await storage.list()).toEqual(['1.0.0', '1.0.1', '1.1.0']);
    expect(await storage.exists('1.0.1')).toBe(true);
    expect((await storage.getManifest('latest')).version).toBe('1.1.0');
    await storage.delete('1.1.0');
    expect(await storage.exists('1.1.0')).toBe(false);
    expect(await storage.list()).toEqual(['1.0.0', '1.0.1']);
  });

  it('refuses other content under a version that is published', async () => {
    const mine = await build('team/mine', ['1.0.0']);
    const other = await build('team/other', ['1.0.0'], 'other');
    const { artifact, manifest } = await mine.pull('1.0.0');
    await expect(other.push('1.0.0', artifact, manifest)).rejects.toMatchObject({ code: 'TAG_IMMUTABLE' });
    expect((await other.getManifest('1.0.0')).checksum).not.toBe(manifest.checksum);
    await expect(mine.push('1.0.0', artifact, manifest)).resolves.toMatch(/team\/mine:v1\.0\.0$/);
  });

  it('ends its connections when it is closed', async () => {
    const alone = await startRegistry();
    const storage = createOCIStorage({ registry: `localhost:${alone.port}`, insecure: true, homeFolder });
    expect(await storage.list()).toEqual([]);
    await storage.close();
    const began = performance.now();
    await alone.stop(5_000); // waits so long for connections that are open
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  it('keeps releases in squizzle-artifacts unless told', async () => {
    const storage = open();
    expect(storage.content.description).toBe(`registry localhost:${registry.port}/squizzle-artifacts`);
    expect(await storage.list()).toEqual([]);
  });
});
