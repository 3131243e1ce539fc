import { describe, expect, it } from 'vitest';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { buildArtifact } from '../stages/build.ts';
import { publishArtifact } from '../stages/publish.ts';
import { createArtifactStorage } from '../storage/artifact-storage.ts';
import { createMemoryContentStore, type MemoryContentStore } from '../testing/memory-content-store.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { createMemoryScratch } from '../testing/memory-scratch.ts';
import { referrersOf } from '../testing/referrer-samples.ts';
import { createSourceTree } from '../testing/release-builder.ts';
import { buildOptions, UNSIGNED } from '../testing/shop.ts';
import { MigrationEngine, type SecurityProvider } from './migration-engine.ts';

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

  it('signs what it builds and lets its verifier decide before each plan, with the history of the database', async () => {
    const database = createMemoryDatabase();
    const content = createMemoryContentStore();
    const storage = createArtifactStorage(content, { urlOf: (text) => text });
    const asked: { readonly version: string; readonly applied: number | undefined }[] = [];
    const security: SecurityProvider = {
      signer: {
        sign: async ({ digest }) => ({
          artifactType: 'application/vnd.test.signature',
          mediaType: 'application/vnd.test.signature',
          content: new TextEncoder().encode(digest),
          annotations: {},
        }),
      },
      verifier: {
        verify: async ({ root, manifest, store }, { history } = {}) => {
          asked.push({ version: manifest.version, applied: history?.events.length });
          const [signature] = await referrersOf(store as MemoryContentStore, root);
          if (signature === undefined) {
            const { digest } = root;
            throw new SquizzleError('SIGNATURE_MISSING', 'said by the test', { digest });
          }
          return { signer: { test: 'signer' }, unsignedReason: null, policyDigest: null, attestations: [] };
        },
      },
    };
    const engine = new MigrationEngine({ driver: database.connect(), storage, security });
    await engine.build(createSourceTree(A), buildOptions('1.0.0'));
    await engine.apply();
    expect(database.state.events.at(-1)).toMatchObject({ signer: { test: 'signer' } });
    await new MigrationEngine({ storage }).build(createSourceTree({ ...A, ...B }), buildOptions('1.1.0'));
    await expect(engine.apply()).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' });
    expect(asked).toEqual([
      { version: '1.0.0', applied: 0 },
      { version: '1.1.0', applied: 1 },
    ]);
  });

  it('verifies where it cannot sign, and a policy of its own goes before that of security', async () => {
    const { database, storage } = await open();
    const denied = new SquizzleError('POLICY_DENIED', 'said by the test', {
      digest: '',
      environment: 'x',
      explanation: [],
    });
    const security: SecurityProvider = { signer: null, verifier: { verify: async () => Promise.reject(denied) } };
    const engine = new MigrationEngine({ driver: database.connect(), storage, security });
    await engine.build(createSourceTree({ ...A, ...B }), buildOptions('1.2.0', { allowEmpty: true }));
    await expect(engine.verify('latest')).rejects.toBe(denied);
    const told = new MigrationEngine({ storage, security, policy: UNSIGNED });
    expect(await told.verify('latest')).toMatchObject({ signer: null, unsignedReason: 'a test' });
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
      'migrations/3.sql': 'CREATE TABLE c (i int);\nVACUUM c;\nCREATE TABLE d (i int);\n',
    });
    database.state.objects.set('public.d', 'table');
    await engine.build(sources, buildOptions('1.2.0'));
    await expect(engine.apply()).rejects.toMatchObject({ code: 'STEP_FAILED' });
    for (const target of [undefined, null]) {
      await expect(engine.rollback(target)).rejects.toMatchObject({ code: 'RELEASE_UNFINISHED' });
    }
    database.state.objects.delete('public.d');
    const again = new MigrationEngine({ driver: database.connect(), storage, policy: UNSIGNED });
    expect(await again.apply()).toMatchObject([{ version: '1.2.0' }]);
  });

  it('takes back a sound release after one that kept nothing only for whoever says how far', async () => {
    const { database, engine } = await open();
    await engine.apply();
    const texts = { ...A, ...B, 'migrations/3.sql': 'CREATE TABLE d (i int);\nVACUUM d;\n' };
    await engine.build(createSourceTree(texts), buildOptions('1.2.0'));
    database.state.objects.set('public.d', 'table');
    await expect(engine.apply()).rejects.toMatchObject({ code: 'STEP_FAILED' });
    await expect(engine.rollback()).rejects.toMatchObject({
      code: 'RELEASE_UNFINISHED',
      message: expect.stringMatching(
        /squizzle apply sha256:[0-9a-f]{64} --env development; .*: squizzle rollback 1\.0\.0 --env development$/,
      ) as unknown,
    });
    expect([...database.state.objects.keys()]).toContain('public.b');
    expect(await engine.rollback('1.0.0')).toMatchObject([{ version: '1.1.0', direction: 'down' }]);
    database.state.objects.delete('public.d');
    expect(await engine.apply()).toMatchObject([{ version: '1.1.0' }, { version: '1.2.0' }]);
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

  it('shows what one release changes over another, in either direction, and leaves no scratch database', async () => {
    const { storage } = await open();
    const scratch = createMemoryScratch();
    const engine = new MigrationEngine({ storage, policy: UNSIGNED, scratch });
    const b = { kind: 'table', name: 'public.b' };
    expect(await engine.diff('1.0.0', '1.1.0')).toMatchObject([{ ...b, change: 'added' }]);
    expect(await engine.diff('1.1.0', '1.0.0')).toMatchObject([{ ...b, change: 'removed' }]);
    expect(await engine.diff('1.1.0', 'latest')).toEqual([]);
    expect(scratch.count).toEqual({ made: 3, open: 0 });
    await expect(new MigrationEngine({ storage, policy: UNSIGNED }).diff('1.0.0', '1.1.0')).rejects.toThrow(/scratch/);
  });

  it('tells drift from what was applied, finds and mends what broke', async () => {
    const { database, engine } = await open();
    await engine.apply();
    expect(await engine.drift()).toMatchObject({ version: '1.1.0', drifted: false });
    database.state.objects.set('public.x', 'table');
    expect(await engine.drift()).toMatchObject({ drifted: true, differences: [{ name: 'public.x', change: 'added' }] });
    database.state.faults.push({ part: 'view squizzle.current', state: 'missing' });
    const faults = (await engine.diagnose()).filter(({ state }) => state === 'fault');
    expect(faults.map(({ check }) => check)).toEqual(['ledger-guard', 'schema']);
    expect(await engine.repair()).toMatchObject([{ check: 'ledger-guard', repaired: true }]);
    expect((await engine.diagnose()).filter(({ check }) => check === 'ledger-guard')).toMatchObject([{ state: 'ok' }]);
  });

  it('diagnoses a database where the storage is empty', async () => {
    const storage = createArtifactStorage(createMemoryContentStore(), { urlOf: (text) => text });
    const engine = new MigrationEngine({ driver: createMemoryDatabase().connect(), storage });
    expect((await engine.diagnose()).filter(({ state }) => state === 'fault')).toEqual([]);
  });

  it.each([
    { why: 'a release that is named', selector: '1.0.0', detected: undefined },
    { why: 'one that is detected', selector: { detect: true }, detected: 'rehearsed' },
  ] as const)('takes up a database with $why, and goes on from there', async ({ selector, detected }) => {
    const { database, storage } = await open();
    database.state.objects.set('public.a', 'table');
    const scratch = createMemoryScratch();
    const engine = new MigrationEngine({ driver: database.connect(), storage, policy: UNSIGNED, scratch });
    const event = await engine.baseline(selector);
    expect(event).toMatchObject({ event: 'baselined', version: '1.0.0', environment: 'development' });
    expect(event.details['detected']).toBe(detected);
    expect(await engine.apply()).toMatchObject([{ version: '1.1.0' }]);
    expect(await engine.status()).toMatchObject({ current: '1.1.0', diverged: false });
    expect(database.state.executed).toEqual(['CREATE TABLE b (i int)']);
  });

  it.each([
    { why: 'with scratch databases, it says how near', scratch: createMemoryScratch(), differences: 1 },
    { why: 'without, only what builds declared counts', scratch: undefined, differences: undefined },
  ])('detects nothing in a schema that no release leads to: $why', async ({ scratch, differences }) => {
    const { database, storage } = await open();
    database.state.objects.set('public.z', 'table').set('public.a', 'table');
    const engine = new MigrationEngine({
      driver: database.connect(),
      storage,
      policy: UNSIGNED,
      ...(scratch === undefined ? {} : { scratch }),
    });
    const refused = engine.baseline({ detect: true });
    await expect(refused).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' });
    const { details } = (await refused.catch((cause: unknown) => cause)) as SquizzleError<'SCHEMA_UNKNOWN'>;
    expect(details.compared.find(({ version }) => version === '1.0.0')?.differences).toBe(differences);
    expect(database.state.events).toEqual([]);
  });

  it('detects none of releases that lead to one schema, and says which they are', async () => {
    const DATA = { 'migrations/2.sql': 'INSERT INTO a VALUES (1);' };
    const storage = createArtifactStorage(createMemoryContentStore(), { urlOf: (text) => text });
    const building = new MigrationEngine({ storage });
    await building.build(createSourceTree(A), buildOptions('1.0.0'));
    await building.build(createSourceTree({ ...A, ...DATA }), buildOptions('1.1.0'));
    const database = createMemoryDatabase();
    database.state.objects.set('public.a', 'table');
    const scratch = createMemoryScratch();
    const engine = new MigrationEngine({ driver: database.connect(), storage, policy: UNSIGNED, scratch });
    await expect(engine.baseline({ detect: true })).rejects.toMatchObject({
      code: 'SCHEMA_UNKNOWN',
      details: { fitting: ['1.0.0', '1.1.0'] },
    });
    expect(database.state.events).toEqual([]);
  });

  it('looks for no release where a baseline would be refused', async () => {
    const { database, storage } = await open();
    const scratch = createMemoryScratch();
    const engine = new MigrationEngine({ driver: database.connect(), storage, policy: UNSIGNED, scratch });
    await engine.apply();
    await expect(engine.baseline({ detect: true })).rejects.toMatchObject({ code: 'BASELINE_REFUSED' });
    expect(scratch.count.made).toBe(0);
  });

  it('shows the difference between releases of two lines, each on a scratch database of its own', async () => {
    const { storage } = await open();
    const other = await buildArtifact(createSourceTree(B), null, buildOptions('2.0.0'));
    await publishArtifact(other, storage.content);
    const scratch = createMemoryScratch();
    const differences = await new MigrationEngine({ storage, policy: UNSIGNED, scratch }).diff('1.0.0', '2.0.0');
    expect(differences.map(({ change, name }) => `${change} ${name}`)).toEqual(['removed public.a', 'added public.b']);
    expect(scratch.count).toEqual({ made: 2, open: 0 });
  });
});
