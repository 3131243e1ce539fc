/**
 * The runs: every contender lays out and builds once, then all of them apply to databases of their own, in turns.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { measure } from './measure.mjs';
import { queryOne, startServer } from './server.mjs';
import { expectedTables, generateMigrations, TABLES_QUERY } from './statements.mjs';

/**
 * @typedef {object} Options
 * @property {number} files
 * @property {number} runs
 * @property {boolean} mixed
 * @property {string} postgres
 * @property {AbortSignal} signal
 */

/** Lays out and builds for each contender what it needs, once. */
export async function prepare(contenders, folder, options) {
  const migrations = generateMigrations(options.files, options);
  const results = [];
  for (const [index, contender] of contenders.entries()) {
    const own = path.join(folder, `contender-${index}`);
    mkdirSync(own);
    const result = { ...contender, folder: own, build: [], samples: {}, failure: contender.missing ?? null };
    if (result.failure !== null) say(`${contender.name} is MISSING: ${result.failure}`);
    results.push(result);
    await attempt(result, options, async () => {
      contender.layOut(own, migrations);
      for (const [what, command] of Object.entries(contender.build ?? {})) {
        say(`${contender.name}: build ${what}`);
        const env = { DATABASE_URL: 'postgres://unused' };
        result.build.push({ what, ...(await measure(command, { folder: own, env, signal: options.signal })) });
      }
      if (contender.plan !== undefined) result.samples.plan = readMilliseconds(contender.plan, own);
    });
  }
  return results;
}

/** Nothing but wall time: what else the program costs is not the plan's. */
function readMilliseconds([program, ...args], cwd) {
  const printed = execFileSync(program, args, { cwd, encoding: 'utf8' });
  return JSON.parse(printed).map((wallMs) => ({ wallMs, cpuMs: NaN, peakBytes: NaN, serverCpuMs: NaN }));
}

/** All runs: in each, every contender once, beginning with another one. @returns {Promise<string>} the server's version */
export async function compete(results, options) {
  const server = await startServer(options.postgres);
  try {
    for (let run = 0; run < options.runs; run++) {
      const shift = run % results.length;
      for (const result of [...results.slice(shift), ...results.slice(0, shift)]) {
        await attempt(result, options, () => runOnce(result, server, options));
      }
      say(`run ${run + 1} of ${options.runs} done`);
    }
    return server.version;
  } finally {
    await server.stop();
  }
}

async function runOnce(result, server, options) {
  const url = await server.createDatabase('bench');
  try {
    const timed = async (what, command) => {
      const filled = command.map((argument) => (argument === '$DATABASE_URL' ? url : argument));
      const env = { DATABASE_URL: url };
      const before = await server.cpuMs();
      const sample = await measure(filled, { folder: result.folder, env, signal: options.signal });
      (result.samples[what] ??= []).push({ ...sample, serverCpuMs: (await server.cpuMs()) - before });
    };
    await timed('apply', result.apply);
    const { tables } = await queryOne(url, TABLES_QUERY);
    const expected = expectedTables(options.files, options);
    if (tables !== expected) throw new Error(`left ${tables} tables instead of ${expected}`);
    for (const [what, command] of Object.entries(result.again ?? {})) await timed(what, command);
  } finally {
    await server.dropDatabase('bench');
  }
}

/** One that fails is out, and the report says so; the others go on. */
async function attempt(result, { signal }, work) {
  signal.throwIfAborted();
  if (result.failure !== null) return;
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    result.failure = error.message;
    say(`${result.name} FAILED: ${error.message}`);
  }
}

/** Progress goes beside the report. */
function say(text) {
  console.error(text);
}
