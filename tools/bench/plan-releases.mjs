/**
 * How long the plan of a whole chain takes for an empty database, once the artifact is in memory. Prints a JSON array of
 * milliseconds. The store is `.squizzle/store` of the working folder.
 */
import path from 'node:path';
import { root } from '../gates.mjs';

const RUNS = 21;

const library = (name) => import(path.join(root, 'packages', name, 'dist/index.js'));
const [{ EMPTY_HISTORY, parseSelector, planMigration, pullArtifact, verifyArtifact }, { createLayoutStore }] =
  await Promise.all([library('core'), library('oci')]);

const store = createLayoutStore(path.join(process.cwd(), '.squizzle/store'));
const pulled = await pullArtifact(parseSelector('latest'), store);
const verified = await verifyArtifact(pulled, { unsigned: { allowed: true, reason: 'measured, not applied' } });
const milliseconds = [];
for (let run = 0; run < RUNS; run++) {
  const start = performance.now();
  const plan = planMigration(verified, EMPTY_HISTORY, { environment: 'bench' });
  milliseconds.push(performance.now() - start);
  if (plan.releases.length !== pulled.releases.length) throw new RangeError(`planned ${plan.releases.length} releases`);
}
console.log(JSON.stringify(milliseconds));
