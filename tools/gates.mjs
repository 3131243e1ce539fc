/**
 * The checks that need no test runner, in the order in which they are cheapest to fail.
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

/** Name and commands of each gate; all commands of one must succeed. */
export const GATES = [
  { name: 'format', commands: [[tool('prettier'), ['--check', '--log-level', 'warn', '.']]] },
  { name: 'boundaries', commands: [[process.execPath, [path.join(root, 'tools/boundaries/boundaries.mjs')]]] },
  {
    name: 'build, lint, typecheck',
    commands: [[tool('nx'), ['run-many', '-t', 'build', 'lint', 'typecheck', '--outputStyle=static']]],
  },
  { name: 'unused code and dependencies (knip)', commands: [[tool('knip'), []]] },
  { name: 'package contents (publint)', commands: packages.map((folder) => [tool('publint'), ['--strict', folder]]) },
  {
    name: 'package types (are-the-types-wrong)',
    commands: packages.map((folder) => [
      tool('attw'),
      ['--pack', folder, '--profile', 'esm-only', '--format', 'ascii', '--quiet'],
    ]),
  },
];

/** @returns {Promise<{ passed: number, failed: number }>} */
export async function runGates(gates = GATES) {
  let failed = 0;
  for (const { name, commands } of gates) {
    const start = performance.now();
    let code = 0;
    for (const [command, args] of commands) code ||= await run(command, args);
    if (code !== 0) failed++;
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  }
  return { passed: gates.length - failed, failed };
}
