import { describe, expect, it } from 'vitest';
import type { VerifiedArtifact } from '../../model/artifact.ts';
import { recordedSchema } from '../../model/history.ts';
import type { ScriptFile } from '../../model/release-manifest.ts';
import { schemaDigest } from '../../model/schema-snapshot.ts';
import { killAt, migrate, rollBack, SEGMENTED, table, TWO, withFiles } from '../../testing/apply-fixture.ts';
import type { MemoryDatabase } from '../../testing/memory-database.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';
import type { ApplyOptions } from '../apply.ts';
import { detectDrift } from '../drift.ts';
import type { MigrationEvent } from '../migration-event.ts';

const EMPTY = schemaDigest({ objects: [] });

function declaring(artifact: VerifiedArtifact, digests: Readonly<Record<string, string>>): VerifiedArtifact {
  const releases = artifact.releases.map((release) => {
    const digest = digests[release.version];
    return digest === undefined ? release : { ...release, schemaDigest: digest };
  });
  return { ...artifact, releases } as VerifiedArtifact;
}

function recorder() {
  const events: MigrationEvent[] = [];
  const onEvent = (event: MigrationEvent): void => {
    if (event.type.startsWith('schema-')) events.push(event);
  };
  return { events, onEvent };
}

describe('a schema that was changed by other hands', () => {
  async function drifted() {
    const database = createMemoryDatabase();
    await migrate(await verifiedChain({ '1.0.0': TWO['1.0.0'] }), database);
    const recorded = database.state.events.at(-1)?.schemaDigest;
    database.state.objects.set('public.z', 'table');
    const found = schemaDigest(await database.connect().snapshotSchema());
    return { database, recorded, found };
  }
  const TEXTS = {
    '1.0.0': TWO['1.0.0'],
    '1.1.0': { 'migrations/2.sql': `${table('b')}\nVACUUM b;\n${table('c')}\n` },
    '1.2.0': { 'migrations/3.sql': table('d') },
  };

  it('is told before anything runs, and kept by the first event that is written and the one that ends it', async () => {
    const { database, recorded, found } = await drifted();
    const { events, onEvent } = recorder();
    await migrate(await verifiedChain(TEXTS), database, { onEvent });
    expect(events).toEqual([{ type: 'schema-drifted', version: '1.0.0', recorded, found }]);
    const kept = { driftedFrom: recorded, driftedTo: found };
    const [, started, applied, last] = database.state.events;
    expect([started, applied]).toMatchObject([
      { event: 'started', details: kept },
      { event: 'applied', details: kept },
    ]);
    expect(last?.details).not.toHaveProperty('driftedFrom');
  });

  it('is still said by the release that goes on after an interruption', async () => {
    const { database, recorded, found } = await drifted();
    const artifact = await verifiedChain(TEXTS);
    killAt(database, 'CREATE TABLE c');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    const { events, onEvent } = recorder();
    await migrate(artifact, database, { onEvent });
    expect(events, 'between two releases there is nothing to compare').toEqual([]);
    expect(database.state.events[2]?.details).toMatchObject({ driftedFrom: recorded, driftedTo: found });
  });

  it('is told on the way back as well', async () => {
    const { database, recorded, found } = await drifted();
    const { events, onEvent } = recorder();
    await rollBack(await verifiedChain({ '1.0.0': TWO['1.0.0'] }), database, null, { onEvent });
    expect(events).toEqual([{ type: 'schema-drifted', version: '1.0.0', recorded, found }]);
    expect(database.state.events.at(-1)?.details).toMatchObject({ driftedFrom: recorded, driftedTo: found });
  });

  it.each<{ why: string; change: (database: MemoryDatabase) => void; more?: Partial<ApplyOptions> }>([
    { why: 'it was not changed', change: ({ state }) => state.objects.delete('public.z') },
    { why: 'it cannot be read without waiting', change: (database) => (database.isSchemaBlocked = true) },
    { why: 'nobody wants to know', change: () => undefined, more: { looksForDrift: false } },
  ])('is nothing where $why', async ({ change, more }) => {
    const { database } = await drifted();
    change(database);
    const { events, onEvent } = recorder();
    await migrate(await verifiedChain(TEXTS), database, { onEvent, ...more });
    expect(events.filter(({ type }) => type === 'schema-drifted')).toEqual([]);
    expect(JSON.stringify(database.state.events)).not.toContain('driftedFrom');
  });
});

describe('the schema that a plan leads to when one of its later releases fails', () => {
  const BEGUN = '1.2.0';
  it.each<{ why: string; text: string; recorded: boolean; change?: Partial<ScriptFile>; blocked?: true }>([
    { why: 'in its transaction', text: 'FAIL 42501;', recorded: true },
    { why: 'in its first segment', text: 'FAIL 42501;\nVACUUM a;\n', recorded: true },
    {
      why: 'at a check before a statement alone',
      text: 'VACUUM a;\n',
      recorded: true,
      change: { checks: [{ sql: 'SELECT false', line: 1 }] },
    },
    { why: 'in a later segment: something of it was kept', text: 'VACUUM a;\nFAIL 42501;\n', recorded: false },
    {
      why: 'after a statement alone was begun',
      text: 'VACUUM a;\n',
      recorded: false,
      change: { verifies: [{ sql: 'SELECT false', line: 1 }] },
    },
    { why: 'while a lock is in the way', text: 'FAIL 42501;', recorded: false, blocked: true },
  ])('recorded: $recorded, $why', async ({ text, recorded, change = {}, blocked }) => {
    const plain = await verifiedChain({ ...TWO, [BEGUN]: { 'migrations/3.sql': text } });
    const [artifact, database] = [withFiles(plain, { 'migrations/3.sql': change }), createMemoryDatabase()];
    if (blocked === true) database.isSchemaBlocked = true;
    await expect(migrate(artifact, database)).rejects.toMatchObject({ details: { version: BEGUN } });
    const driver = database.connect();
    const digest = schemaDigest(await driver.snapshotSchema());
    const event = recordedSchema(await driver.readHistory());
    if (!recorded) return expect(event).toBeNull();
    expect(event).toMatchObject({ event: 'failed', version: BEGUN, schemaDigest: digest, details: { server: '18.0' } });
    expect(await detectDrift(driver)).toMatchObject({ version: '1.1.0', drifted: false });
    expect(await driver.readKeptSnapshot(digest)).not.toBeNull();
  });

  it('is not read when the run is stopped: that must not take long', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    const abort = new AbortController();
    database.beforeStatement = (statement) => {
      if (statement.startsWith('CREATE TABLE b')) abort.abort();
    };
    await expect(migrate(artifact, database, { signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(database.state.events.at(-1)).toMatchObject({ event: 'failed', schemaDigest: null });
  });
});

describe('the schema that a plan leads to', () => {
  it.each([
    { chain: TWO, digests: 2, why: 'a release in one transaction each' },
    { chain: SEGMENTED, digests: 2, why: 'a release of several segments' },
    { chain: { ...TWO, '1.2.0': {} }, digests: 3, why: 'a last release without anything to run' },
  ])('is recorded by its last release alone, with a snapshot: $why', async ({ chain, digests }) => {
    const [artifact, database] = [await verifiedChain(chain), createMemoryDatabase()];
    const driver = database.connect();
    await migrate(artifact, database);
    const live = await driver.snapshotSchema();
    const { events } = database.state;
    expect(events).toHaveLength(digests);
    expect(events.map((event) => event.schemaDigest).filter((digest) => digest !== null)).toEqual([schemaDigest(live)]);
    expect(events.at(-1)).toMatchObject({ event: 'applied', details: { server: '18.0' } });
    expect(events[0]?.details).not.toHaveProperty('server');
    expect(await driver.readKeptSnapshot(schemaDigest(live))).toEqual(live);
  });

  it.each([
    { target: '1.0.0', tables: ['public.a'], why: 'one back' },
    { target: null, tables: [], why: 'to nothing' },
  ])('is recorded on the way back: $why', async ({ target, tables }) => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    await migrate(artifact, database);
    await rollBack(artifact, database, target);
    const live = await database.connect().snapshotSchema();
    expect(live.objects.map(({ name }) => name)).toEqual(tables);
    expect(database.state.events.at(-1)).toMatchObject({ event: 'reverted', schemaDigest: schemaDigest(live) });
    expect(database.state.kept?.digest).toBe(schemaDigest(live));
  });

  it('is recorded when a run goes on that was interrupted', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    killAt(database, 'CREATE TABLE b');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    await migrate(artifact, database);
    const live = await database.connect().snapshotSchema();
    expect(database.state.events.at(-1)?.schemaDigest).toBe(schemaDigest(live));
  });

  it('is not waited for: where someone else holds a lock, the release is applied and says that it is not recorded', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    database.isSchemaBlocked = true;
    const { events, onEvent } = recorder();
    await migrate(artifact, database, { onEvent });
    expect(database.state.events.at(-1)).toMatchObject({ event: 'applied', schemaDigest: null });
    expect(database.state.events.at(-1)?.details).not.toHaveProperty('server');
    expect(database.state.kept).toBeNull();
    expect(events).toEqual([{ type: 'schema-unrecorded', version: '1.1.0' }]);
  });

  it.each([
    { digests: { '1.1.0': EMPTY }, told: '1.1.0', why: 'the last release declares another schema' },
    { digests: { '1.0.0': EMPTY }, told: null, why: 'nobody looks at the schema between two releases' },
    { digests: {}, told: null, why: 'nothing is declared' },
  ])('is compared with the one that is declared: $why', async ({ digests, told }) => {
    const [artifact, database] = [declaring(await verifiedChain(TWO), digests), createMemoryDatabase()];
    const { events, onEvent } = recorder();
    await migrate(artifact, database, { onEvent });
    const found = database.state.events.at(-1)?.schemaDigest;
    expect(events).toEqual(told === null ? [] : [{ type: 'schema-differs', version: told, declared: EMPTY, found }]);
    expect(database.state.events.at(-1)?.details['declaredSchemaDigest']).toBe(told === null ? undefined : EMPTY);
  });

  it('is no surprise when it is the declared one', async () => {
    const [plain, first] = [
      await verifiedChain({ '1.0.0': { 'migrations/1.sql': table('a') } }),
      createMemoryDatabase(),
    ];
    await migrate(plain, first);
    const digest = first.state.events[0]?.schemaDigest ?? '';
    const { events, onEvent } = recorder();
    await migrate(declaring(plain, { '1.0.0': digest }), createMemoryDatabase(), { onEvent });
    expect(events).toEqual([]);
  });

  it('is compared, on the way back, with what the release declares that is gone back to', async () => {
    const [artifact, database] = [declaring(await verifiedChain(TWO), { '1.0.0': EMPTY }), createMemoryDatabase()];
    await migrate(artifact, database);
    const { events, onEvent } = recorder();
    await rollBack(artifact, database, '1.0.0', { onEvent });
    expect(events).toMatchObject([{ type: 'schema-differs', version: '1.0.0', declared: EMPTY }]);
    await rollBack(artifact, database, null, { onEvent });
    expect(events, 'before the first release nothing is declared').toHaveLength(1);
  });
});
