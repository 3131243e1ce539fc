/**
 * A process to be killed: `kill-worker.mjs <store folder>`. Says `ready`, reads a line `apply|rollback <url>` from
 * standard input, runs it with the built packages, says `done` and waits to be ended.
 *
 * It leaves out what the command does around a run, so that many can be killed in little time.
 */
import { argv, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { applyPlan, parseSelector, planMigration, planRollback, pullArtifact, verifyArtifact } from '@squizzle/core';
import { createLayoutStore } from '@squizzle/oci';
import { createPostgresDriver } from '@squizzle/postgres';

const pulled = await pullArtifact(parseSelector('latest'), createLayoutStore(argv[2]));
const artifact = await verifyArtifact(pulled, { unsigned: { allowed: true, reason: 'an end-to-end test' } });
await import('pg'); // which the driver loads at its first connection
stdout.write('ready\n');

const lines = createInterface({ input: stdin });
for await (const line of lines) {
  const [command, url] = line.split(' ');
  const driver = createPostgresDriver({ connectionString: url });
  const history = await driver.readHistory();
  const options = { environment: 'development' };
  const plan =
    command === 'apply' ? planMigration(artifact, history, options) : planRollback(artifact, history, null, options);
  await applyPlan(plan, driver, { actor: 'e2e', client: 'e2e', applicationName: 'squizzle e2e' });
  stdout.write('done\n');
}
