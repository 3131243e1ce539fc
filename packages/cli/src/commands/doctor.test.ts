import { describe, expect, it } from 'vitest';
import { createMemoryContentStore, type MemoryDatabase } from '@squizzle/core/testing';
import { createCli, SHOP, type Cli } from '../../test/cli-fixture.ts';

async function createApplied(): Promise<Cli> {
  const cli = await createCli(SHOP);
  await cli.json('build', { env: { PATH: '' } });
  await cli.json('apply');
  return cli;
}

function databaseOf(cli: Cli): MemoryDatabase {
  const [database] = [...cli.databases.values()];
  if (database === undefined) throw new TypeError('no database yet');
  return database;
}

interface Findings {
  readonly faults: number;
  readonly release: unknown;
  readonly findings: readonly { readonly check: string; readonly state: string }[];
  readonly repairs: readonly { readonly repaired: boolean; readonly seq: number | null }[] | null;
}

async function diagnosisOf(cli: Cli, args = ''): Promise<Findings & { readonly exitCode: number }> {
  const { exitCode, stdout } = await cli.squizzle(`doctor ${args} --json`);
  return { exitCode, ...(JSON.parse(stdout) as Findings) };
}

describe('doctor', () => {
  it('says of each check what it found', async () => {
    const cli = await createApplied();
    const { exitCode, stdout, stderr } = await cli.squizzle('doctor');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^ok {5}server {10}PostgreSQL 18/);
    expect(stdout).toMatch(/\n\ndevelopment \(memory\): no fault found\n$/);
    expect(stdout.split('\n').filter((line) => line.startsWith('fault'))).toEqual([]);
  });

  it('prints JSON', async () => {
    const { faults, findings, ...rest } = await (await createApplied()).json('doctor');
    expect(rest).toEqual({
      environment: 'development',
      database: 'memory',
      release: { version: '1.0.0', digest: expect.stringMatching(/^sha256:/) as string },
      repairs: null,
    });
    expect(faults).toBe(0);
    expect(findings).toContainEqual({
      check: 'detaches',
      state: 'ok',
      message: expect.any(String) as string,
      remedy: null,
      repair: null,
    });
  });

  it('ends with 4 when there is a fault, and says what to do', async () => {
    const cli = await createApplied();
    databaseOf(cli).state.objects.set('public.users_id', 'invalid-index');
    const { exitCode, stdout } = await cli.squizzle('doctor');
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/\nfault {2}indexes {9}.*public\.users_id/);
    expect(stdout).toMatch(/\n {23}→ .*REINDEX INDEX CONCURRENTLY public\.users_id/);
    expect(stdout).toContain("'squizzle doctor --repair' mends");
  });

  it('repairs what is safe, says in which event of the ledger, and looks again', async () => {
    const cli = await createApplied();
    databaseOf(cli).state.faults.push({ part: 'view squizzle.current', state: 'missing' });
    expect((await diagnosisOf(cli)).exitCode).toBe(4);
    const { exitCode, stdout } = await cli.squizzle('doctor --repair');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^repaired {2}ledger-guard: .* \(ledger event 2\)\n\n/);
    expect(stdout).toMatch(/: no fault found\n$/);
    expect((await cli.squizzle('history --limit 1')).stdout).toContain('restore-ledger-guard');
    expect(await diagnosisOf(cli, '--repair')).toMatchObject({ exitCode: 0, repairs: [] });
    expect((await cli.squizzle('doctor --repair')).stdout).toMatch(/^nothing to repair\n\nok /);
  });

  it('says what could not be repaired, and why', async () => {
    const cli = await createApplied();
    const database = databaseOf(cli);
    database.state.objects.set('public.users_id', 'invalid-index');
    database.beforeStatement = (statement) => {
      if (statement.startsWith('REINDEX')) database.state.objects.delete('public.users_id');
    };
    const { stdout } = await cli.squizzle('doctor --repair');
    expect(stdout).toMatch(/^not repaired {2}indexes: .*does not exist/);
  });

  it('does without the release where no store has it, and notes that', async () => {
    const cli = await createApplied();
    const adapters = { openStore: async () => createMemoryContentStore() };
    const { exitCode, stderr } = await cli.squizzle('doctor', { adapters });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^1\.0\.0 is not compared with its release, which could not be had: /);
    expect(JSON.parse((await cli.squizzle('doctor --json', { adapters })).stdout)).toMatchObject({ release: null });
  });

  it('reports a ledger that was edited as a fault, and does not fail', async () => {
    const cli = await createApplied();
    const { events } = databaseOf(cli).state;
    const [event] = events;
    if (event !== undefined) events[0] = { ...event, actor: 'nobody' };
    const { exitCode, findings } = await diagnosisOf(cli);
    expect(exitCode).toBe(4);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'chain', state: 'fault' }));
  });

  it('looks at a database without a ledger', async () => {
    const cli = await createCli(SHOP);
    expect(await diagnosisOf(cli)).toMatchObject({ exitCode: 0, release: null });
  });

  it('ends with 7 when the database is not reached', async () => {
    const cli = await createCli(SHOP);
    const { SquizzleError } = await import('@squizzle/core');
    const openDatabase = async () => {
      const unreachable = () =>
        Promise.reject(new SquizzleError('DATABASE_UNREACHABLE', 'nobody answers', { database: 'memory' }));
      const driver = databaseOf(await createApplied()).connect();
      return { ...driver, readHistory: unreachable, serverFacts: unreachable, examine: unreachable };
    };
    const call = { adapters: { openDatabase } };
    expect(await cli.failure('doctor', call)).toMatchObject({ exitCode: 7, code: 'DATABASE_UNREACHABLE' });
  });

  it.each(['doctor registry --repair', 'doctor everything', 'doctor --wait soon'])('refuses %s', async (args) => {
    expect(await (await createCli(SHOP)).failure(args)).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
  });
});
