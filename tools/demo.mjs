/**
 * `npm run demo`: the main job on embedded defaults. Two releases of the example shop are built, signed, applied, rolled
 * back and applied again, each by the command that a user would type.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, run, tool } from './gates.mjs';

const project = mkdtempSync(path.join(tmpdir(), 'squizzle-demo-'));
const example = path.join(root, 'examples/shop');
const squizzle = path.join(root, 'packages/cli/dist/bin.js');

/** Files of the second release: everything about vouchers. */
const isLater = (name) => name.includes('vouchers');

try {
  await mustRun(tool('nx'), ['run-many', '-t', 'build', '--projects=@squizzle/cli', '--outputStyle=static']);
  copySources((name) => !isLater(name));
  say('A key of our own. Pipelines sign with their identity instead, and keep no key.');
  await cli('key', 'generate', '--no-password', '--output', 'trust/ci');
  say('A shop with customers and orders becomes release 1.0.0.');
  await cli('build', '1.0.0', '--notes', 'customers and orders');
  say('Nobody has signed it yet, so the policy in squizzle.trust.yaml refuses it:');
  await mustFail(4, 'apply', '1.0.0');
  await cli('sign', '1.0.0');
  await cli('apply', '1.0.0');
  say('Vouchers come as release 1.1.0: only what is new goes into it.');
  copySources(isLater);
  await cli('build', '--bump', 'minor', '--notes', 'vouchers');
  await cli('sign', 'latest');
  await cli('plan');
  await cli('apply');
  await cli('status');
  say('Back to 1.0.0, and forward again.');
  await cli('rollback');
  await cli('status');
  await cli('apply');
  await cli('history');
  say('The releases are OCI images, and the ledger says what ran, and who had signed it:');
  await cli('list');
  await cli('verify', '--ledger', '--explain');
  console.log('\nDone. The same commands work with a server: put its URL into squizzle.yaml.');
} finally {
  rmSync(project, { recursive: true, force: true });
}

function copySources(wanted) {
  for (const entry of readdirSync(example, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !wanted(entry.name)) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    cpSync(file, path.join(project, path.relative(example, file)), { recursive: true });
  }
}

function say(text) {
  console.log(`\n# ${text}`);
}

async function cli(...args) {
  console.log(`\n$ squizzle ${args.join(' ')}`);
  await mustRun(process.execPath, [squizzle, ...args], { cwd: project });
}

async function mustFail(expected, ...args) {
  console.log(`\n$ squizzle ${args.join(' ')}`);
  const code = await run(process.execPath, [squizzle, ...args], { cwd: project });
  if (code === expected) return;
  rmSync(project, { recursive: true, force: true });
  process.exit(1);
}

async function mustRun(command, args, options) {
  const code = await run(command, args, options);
  if (code === 0) return;
  rmSync(project, { recursive: true, force: true });
  process.exit(code);
}
