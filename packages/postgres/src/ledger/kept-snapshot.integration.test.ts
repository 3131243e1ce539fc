import { gzipSync } from 'node:zlib';
import { schemaDigest } from '@squizzle/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { containing } from '../../test/matchers.ts';
import { createTestDatabase, describeEachServer, withUser, type TestDatabase } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

const SNAPSHOT = { objects: [{ kind: 'table', name: 'public.ü', definition: { options: ['a'], position: 1 } }] };
const DIGEST = schemaDigest(SNAPSHOT);
const compressed = (content: unknown): Buffer => gzipSync(JSON.stringify(content));

describeEachServer('the kept snapshot', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    await createPostgresDriver({ connectionString: database.url }).withLock((session) =>
      session.transaction((transaction) => transaction.keepSnapshot(DIGEST, SNAPSHOT)),
    );
  });
  afterAll(() => database.drop());
  const read = (url = database.url) => createPostgresDriver({ connectionString: url }).readKeptSnapshot(DIGEST);

  it('is read whatever the database writes binary data in', async () => {
    await database.run(`ALTER DATABASE ${database.name} SET bytea_output = 'escape'`);
    expect(await read()).toEqual(SNAPSHOT);
  });

  it('says which right is missing', async () => {
    await database.run('DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$');
    const message = containing('GRANT USAGE ON SCHEMA "squizzle"');
    await expect(read(withUser(database.url, 'reader'))).rejects.toMatchObject({ code: 'DATABASE_DENIED', message });
  });

  it.each([
    { content: Buffer.from('{}'), why: 'it is not compressed' },
    { content: compressed(SNAPSHOT).subarray(0, 40), why: 'its end is missing' },
    { content: gzipSync('{"objects":['), why: 'it is no JSON' },
    { content: compressed(null), why: 'it is nothing' },
    { content: compressed({ objects: [{ kind: 'table' }] }), why: 'an object has no name' },
    {
      content: gzipSync('{"objects":[{"kind":"t","name":"\\ud800","definition":{}}]}'),
      why: 'it holds half a character',
    },
    { content: compressed({ objects: [] }), why: 'it is another one' },
  ])('is refused when $why', async ({ content }) => {
    await database.run(`UPDATE squizzle.snapshots SET content = '\\x${content.toString('hex')}'`);
    const message = containing('DELETE FROM "squizzle".snapshots');
    await expect(read()).rejects.toMatchObject({ code: 'LEDGER_INVALID', message });
  });

  it('is none where its table is gone', async () => {
    await database.run('DROP TABLE squizzle.snapshots');
    expect(await read()).toBeNull();
  });
});
