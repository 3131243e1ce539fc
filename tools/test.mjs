/**
 * `npm test`: the gates, then every test in one run of vitest; the last line counts both.
 *
 * Skipped tests are named with their reason. A run in which no test ran has failed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, run, runGates, tool } from './gates.mjs';

const scratch = mkdtempSync(path.join(tmpdir(), 'squizzle-test-'));
const report = path.join(scratch, 'report.json');
try {
  const gates = await runGates();
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run(tool('vitest'), ['run', '--coverage', ...reporters, ...process.argv.slice(2)], { cwd: root });
  const tests = countTests(report);
  const others = await runOnOtherNodes();
  for (const name of tests.skippedNames) console.log(`skipped: ${name}`);
  if (process.env.SQUIZZLE_FIXTURES === undefined) {
    console.log('SQUIZZLE_FIXTURES is not set: tests on real migrations and signatures were skipped');
  }
  const brokenRun = code !== 0 && tests.failed === 0 ? 1 : 0;
  const failed = gates.failed + others.failed + tests.failed + brokenRun + (tests.passed === 0 ? 1 : 0);
  console.log(`${gates.passed + others.passed + tests.passed} passed, ${failed} failed, ${tests.skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/**
 * The unit tests once more on each Node that SQUIZZLE_TEST_NODES names, with both lines of Sigstore's libraries, on the
 * last one also those of the registry client against servers; each Node counts as one check.
 */
async function runOnOtherNodes() {
  const nodes = (process.env.SQUIZZLE_TEST_NODES ?? '').split(path.delimiter).filter((node) => node !== '');
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  let failed = 0;
  for (const node of nodes) {
    const projects = ['unit:*', 'sigstore-5:unit', ...(node === nodes.at(-1) ? ['integration:oci'] : [])];
    const chosen = projects.flatMap((project) => ['--project', project]);
    const code = await run(node, [vitest, 'run', ...chosen, '--reporter=dot'], { cwd: root });
    if (code !== 0) failed++;
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${projects.join(', ')} on ${node}`);
  }
  return { passed: nodes.length - failed, failed };
}

function countTests(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, skippedNames: [] };
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  const all = testResults.flatMap((result) => result.assertionResults);
  const brokenFiles = testResults.filter(
    (result) => result.status === 'failed' && result.assertionResults.every((each) => each.status !== 'failed'),
  );
  const named = (status) => all.filter((each) => status.includes(each.status));
  const skipped = named(['pending', 'skipped', 'todo', 'disabled']);
  const passed = named(['passed']).length;
  return {
    passed,
    failed: named(['failed']).length + brokenFiles.length,
    skipped: skipped.length,
    skippedNames: [...new Set(skipped.map((each) => each.fullName))],
  };
}
