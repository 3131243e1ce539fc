/**
 * The checks that need no test runner, each kind in the order in which they are cheapest to fail.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');
const bin = path.join(root, 'node_modules/.bin');

/** Runs a command to its end; output goes through. @returns {Promise<number>} its exit code */
export function run(command, args, { cwd = root, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

export const tool = (name) => path.join(bin, name);

/** Everything that is published. */
const packages = ['packages', 'apps']
  .flatMap((group) => readdirSync(path.join(root, group)).map((name) => path.join(root, group, name)))
  .filter((folder) => existsSync(path.join(folder, 'package.json')));

/** What looks at the sources. Name and commands of each gate; all commands of one must succeed. */
const SOURCE_GATES = [
  { name: 'boundaries', commands: [[process.execPath, [path.join(root, 'tools/boundaries/boundaries.mjs')]]] },
  { name: 'format', commands: [[tool('prettier'), ['--check', '--log-level', 'warn', '.']]] },
  { name: 'unused code and dependencies (knip)', commands: [[tool('knip'), []]] },
];

/** What builds, and looks at what was built. */
const BUILD_GATES = [
  {
    name: 'build, lint, typecheck',
    commands: [[tool('nx'), ['run-many', '-t', 'build', 'lint', 'typecheck', '--outputStyle=static']]],
  },
  { name: 'package contents (publint)', commands: packages.map((folder) => [tool('publint'), ['--strict', folder]]) },
  {
    name: 'package types (are-the-types-wrong)',
    commands: packages.map((folder) => [
      tool('attw'),
      ['--pack', folder, '--profile', 'esm-only', '--format', 'ascii', '--quiet'],
    ]),
  },
];

/** Both kinds side by side, those of a kind one after the other. @returns {Promise<{ passed: number, failed: number }>} */
export async function runGates() {
  const results = await Promise.all([SOURCE_GATES, BUILD_GATES].map(runInOrder));
  const failed = results.flat().filter((code) => code !== 0).length;
  return { passed: results.flat().length - failed, failed };
}

/** @returns {Promise<readonly number[]>} exit codes */
async function runInOrder(gates) {
  const codes = [];
  for (const { name, commands } of gates) {
    const start = performance.now();
    let code = 0;
    for (const [command, args] of commands) code ||= await run(command, args);
    codes.push(code);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  }
  return codes;
}
