/**
 * The rounds: in each, every contender takes its turn with a new server, and each round begins with another contender.
 *
 * One measure after the other, so that what is compared was measured within seconds; one server at a time.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { watchOthers } from './process-figures.mjs';
import { readProfiles } from './profile.mjs';
import { withServer } from './server.mjs';

/**
 * @typedef {object} Result
 * @property {import('./measures.mjs').Measure} measure
 * @property {{ name: string, version: string }} contender
 * @property {import('./measures.mjs').Sample[]} samples none when it failed
 * @property {string | null} failure
 */

/** @returns {Promise<Result[]>} */
export async function compete(measures, contenders, bench, { rounds }) {
  const results = [];
  for (const measure of measures) {
    const participants = [...contenders, ...(measure.beside === undefined ? [] : [measure.beside])];
    const own = participants.map((contender) => ({ measure, contender, samples: [], failure: null }));
    const count = measure.rounds ?? rounds;
    for (let round = 0; round < count; round++) {
      const first = round % own.length;
      for (const result of [...own.slice(first), ...own.slice(0, first)]) await takeTurn(result, bench);
      say(`${measure.title}: round ${round + 1} of ${count}`);
    }
    results.push(...own);
  }
  return results;
}

/** Who fails is out of this measure, and the report says so; the others go on. */
async function takeTurn(result, bench) {
  const { measure, contender } = result;
  bench.signal.throwIfAborted();
  if (result.failure !== null) return;
  const othersPercent = watchOthers();
  try {
    const sample =
      'command' in contender
        ? await withServer(contender, bench, (server) => measure.sample(server, bench))
        : await contender.sample(bench);
    result.samples.push({ ...sample, othersPercent: othersPercent() });
  } catch (error) {
    bench.signal.throwIfAborted();
    result.failure = error.message;
    result.samples = [];
    say(`${measure.title}: ${contender.name} FAILED: ${error.message}`);
  }
}

/** One turn of one contender per measure under V8's profiler. @returns {Promise<{ title: string, functions: object[] }[]>} */
export async function profile(measures, contender, bench) {
  const profiles = [];
  for (const measure of measures) {
    const folder = path.join(bench.folder, `profile-${measure.name}`);
    mkdirSync(folder);
    const nodeFlags = ['--cpu-prof', '--cpu-prof-dir', folder];
    await withServer(contender, { ...bench, nodeFlags }, (server) => measure.sample(server, bench));
    profiles.push({ title: measure.title, functions: readProfiles(folder) });
    say(`${measure.title}: profiled`);
  }
  return profiles;
}

/** Progress goes beside the report. */
function say(text) {
  console.error(text);
}
