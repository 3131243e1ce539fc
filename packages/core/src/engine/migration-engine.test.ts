import { describe, expect, it } from 'vitest';
import { createArtifactStorage } from '../storage/artifact-storage.ts';
import { createMemoryContentStore } from '../testing/memory-content-store.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { createSourceTree } from '../testing/release-builder.ts';
import { buildOptions, UNSIGNED } from '../testing/shop.ts';
import { MigrationEngine } from './migration-engine.ts';

const A = { 'migrations/1.sql': 'CREATE TABLE a (i int);', 'migrations/1.down.sql': 'DROP TABLE a;' };
const B = { 'migrations/2.sql': 'CREATE TABLE b (i int);', 'migrations/2.down.sql': 'DROP TABLE b;' };

async function open() {
  const database = createMemoryDatabase();
  const storage = createArtifactStorage(createMemoryContentStore(), { urlOf: (text) => text });
  const engine = new MigrationEngine({ driver: database.connect(), storage, policy: UNSIGNED });
  await engine.build(createSourceTree(A), buildOptions('1.0.0'));
  await engine.build(createSourceTree({ ...A, ...B }), buildOptions('1.1.0'));
  return { database, storage, engine };
}

describe('MigrationEngine', () => {
  it('does the main job: build, list, status, plan, apply, rollback', async () => {
    const { engine } = await open();
    expect(await engine.list()).toEqual(['1.0.0', '1.1.0']);
    expect(await engine.status()).toMatchObject({ current: null, pending: 2, initialized: false });
    expect((await engine.plan('1.0.0')).releases).toHaveLength(1);
    expect(await engine.apply('1.0.0')).toMatchObject([{ version: '1.0.0' }]);
    expect(await engine.apply()).toMatchObject([{ version: '1.1.0' }]);
    expect(await engine.status()).toMatchObject({ current: '1.1.0', pending: 0, diverged: false });
    expect(await engine.rollback()).toMatchObject([{ version: '1.1.0', direction: 'down' }]);
    expect(await engine.rollback(null)).toMatchObject([{ version: '1.0.0' }]);
    expect(await engine.status()).toMatchObject({ current: null, pending: 2, initialized: true });
  });

  it('lets eight runs at once all succeed, and applies each release once', async () => {
    const { database, storage } = await open();
    const engines = Array.from(
      { length: 8 },
      () => new MigrationEngine({ driver: database.connect(), storage, policy: UNSIGNED }),
    );
    const applied = await Promise.all(engines.map((engine) => engine.apply()));
    expect(applied.flat()).toHaveLength(2);
    expect(database.state.events.map(({ event, version }) => `${event} ${version}`)).toEqual([
      'applied 1.0.0',
      'applied 1.1.0',
    ]);
  });

  it.each([
    { why: 'without a policy nothing is planned', options: {}, code: 'POLICY_MISSING' },
    {
      why: 'nor when it asks for signatures',
      options: { policy: { unsigned: { allowed: false } as const } },
      code: 'SIGNATURE_MISSING',
    },
  ])('$code: $why', async ({ options, code }) => {
    const { database, storage } = await open();
    const engine = new MigrationEngine({ driver: database.connect(), storage, ...options });
    await expect(engine.apply()).rejects.toMatchObject({ code });
    expect(database.state.executed).toEqual([]);
  });

  it.each([
    { why: 'nothing is applied', target: undefined },
    { why: 'the target is no version', target: 'latest' },
  ])('refuses to roll back when $why', async ({ target }) => {
    const { engine } = await open();
    if (target !== undefined) await engine.apply();
    await expect(engine.rollback(target)).rejects.toMatchObject({ code: 'VERSION_INVALID' });
  });

  it('does not roll back what is half applied, though no release is applied yet', async () => {
    const { database, engine, storage } = await open();
    const sources = createSourceTree({
      ...A,
      ...B,
      'migrations/3.sql': 'CREATE TABLE c (i int);\nVACUUM c;\nFAIL 42703;\n',
    });
    await engine.build(sources, buildOptions('1.2.0'));
    await expect(engine.apply()).rejects.toMatchObject({ code: 'STEP_FAILED' });
    await expect(engine.rollback()).rejects.toMatchObject({ code: 'RELEASE_UNFINISHED' });
    const again = new MigrationEngine({ driver: database.connect(), storage, policy: UNSIGNED });
    expect(await again.apply('latest', { interrupted: 'skip' })).toMatchObject([{ version: '1.2.0' }]);
  });

  it('lists and verifies without a database, and says when it needs one', async () => {
    const { storage } = await open();
    const engine = new MigrationEngine({ storage, policy: UNSIGNED });
    expect((await engine.verify('latest')).manifest.version).toBe('1.1.0');
    await expect(engine.plan()).rejects.toThrow(/give MigrationEngine a driver/);
  });

  it('has a status where the storage is empty', async () => {
    const storage = createArtifactStorage(createMemoryContentStore(), { urlOf: (text) => text });
    const engine = new MigrationEngine({ driver: createMemoryDatabase().connect(), storage });
    expect(await engine.status()).toMatchObject({ current: null, releases: [] });
  });
});
