import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containing, matching } from '../../test/matchers.ts';
import {
  createTestDatabase,
  describeEachServer,
  runSql,
  withDatabase,
  withUser,
  type TestDatabase,
} from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

const SECRET = 's3cret-phrase';

/** Everything a person or a log could see of an error. */
const visible = (error: unknown): string => inspect(error, { depth: 10, showHidden: true });

async function failureOf(connectionString: string, connectTimeoutMs?: number): Promise<Error> {
  const driver = createPostgresDriver({ connectionString, connectTimeoutMs });
  const thrown: unknown = await driver.readHistory().then(
    () => undefined,
    (error: unknown) => error,
  );
  await driver.close();
  if (!(thrown instanceof Error)) throw new RangeError('it connected');
  return thrown;
}

describe('a host that does not answer', () => {
  let silent: Server;
  let port: number;
  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    port = (silent.address() as { port: number }).port;
  });
  afterAll(() => new Promise((done) => silent.close(done)));

  it('is given up within 5 seconds', async () => {
    const since = performance.now();
    const error = await failureOf(`postgres://app:${SECRET}@127.0.0.1:${port}/shop`);
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: containing(`127.0.0.1:${port}/shop`),
    });
    expect(visible(error)).not.toContain(SECRET);
  });

  it('is left at once when the caller stops', async () => {
    const driver = createPostgresDriver({ connectionString: `postgres://app:${SECRET}@127.0.0.1:${port}/shop` });
    const since = performance.now();
    const reading = driver.readHistory({ signal: AbortSignal.timeout(100) });
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - since).toBeLessThan(2_000);
  });
});

describe('nobody there', () => {
  it.each([
    { host: '127.0.0.1:9', says: /nothing listens there/ },
    { host: 'nowhere.invalid', says: /host name|DNS/ },
  ])('is told for $host', async ({ host, says }) => {
    const error = await failureOf(`postgres://app:${SECRET}@${host}/shop`);
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: matching(says) });
    expect(visible(error)).not.toContain(SECRET);
  });
});

describeEachServer('connecting', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    const role = (name: string): string =>
      `DO $$ BEGIN CREATE ROLE ${name} LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN END $$`;
    for (const name of ['scram_user', 'rejected_user', 'plain_user']) await runSql(server.url, role(name));
    await database.run(`REVOKE CONNECT ON DATABASE ${database.name} FROM PUBLIC`);
    await database.run(`GRANT CONNECT ON DATABASE ${database.name} TO scram_user`);
  });
  afterAll(() => database.drop());

  it.each([
    { user: `scram_user:${SECRET}`, code: 'DATABASE_DENIED', sqlState: '28P01', says: /password is wrong/ },
    { user: `rejected_user:${SECRET}`, code: 'DATABASE_DENIED', sqlState: '28000', says: /pg_hba\.conf/ },
    { user: `nobody_at_all:${SECRET}`, code: 'DATABASE_DENIED', sqlState: '28000', says: /role does not exist/ },
    { user: `plain_user:${SECRET}`, code: 'DATABASE_DENIED', sqlState: '42501', says: /GRANT CONNECT ON DATABASE/ },
  ])('is refused for $user with $sqlState', async ({ user, code, sqlState, says }) => {
    const error = await failureOf(withUser(database.url, user));
    expect(error).toMatchObject({ code, message: matching(says), details: { sqlState } });
    expect(visible(error)).not.toContain(SECRET);
  });

  it('lets in who proves the password', async () => {
    const driver = createPostgresDriver({ connectionString: withUser(database.url, 'scram_user:right') });
    expect(await driver.readHistory()).toMatchObject({ initialized: false });
  });

  it('says how to make a database that is missing', async () => {
    const error = await failureOf(withUser(withDatabase(server.url, 'not_there'), `postgres:${SECRET}`));
    const message = containing('CREATE DATABASE "not_there"');
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message });
    expect(visible(error)).not.toContain(SECRET);
  });

  it('says so where the server has no TLS', async () => {
    const error = await failureOf(`${database.url}?sslmode=require`);
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: containing('sslmode') });
  });

  it('tells when the server has no connection left', async () => {
    await database.run(`ALTER ROLE scram_user CONNECTION LIMIT 0`);
    const error = await failureOf(withUser(database.url, 'scram_user:right'));
    await database.run(`ALTER ROLE scram_user CONNECTION LIMIT -1`);
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: containing('53300') });
  });
});
