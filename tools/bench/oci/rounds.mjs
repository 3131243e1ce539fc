/**
 * The rounds: contenders take turns, each round beginning with another one, each sample on a new server.
 */
import path from 'node:path';
import { listContenders as listServers, THEIRS as SERVER } from '../registry/contenders.mjs';
import { withServer } from '../registry/server.mjs';

/** @returns {Promise<{ measure: object, contender: object, samples: object[], failure: string | null }[]>} */
export async function compete(measures, contenders, bench, rounds) {
  const server = listServers().find(({ name }) => name === SERVER);
  if (server?.missing !== undefined) throw new Error(server.missing);
  const results = [];
  for (const measure of measures) {
    const own = contenders.map((contender) => ({ measure, contender, samples: [], failure: null }));
    const open = (work) => withServer(server, bench, (running) => work(withLog(running, bench)));
    const takeTurns = async (run) => {
      for (let round = 0; round < rounds; round++) {
        const first = round % own.length;
        for (const result of [...own.slice(first), ...own.slice(0, first)]) await takeTurn(result, run, bench);
        console.error(`${measure.title}: round ${round + 1} of ${rounds}`);
      }
    };
    if (measure.prepare === undefined) await takeTurns(open);
    else {
      await open(async (running) => {
        await measure.prepare(running, bench);
        await takeTurns((work) => work(running));
      });
    }
    results.push(...own);
  }
  return results;
}

const withLog = (running, { folder }) => ({ ...running, log: path.join(folder, 'server/access.log') });

async function takeTurn(result, run, bench) {
  if (result.failure !== null) return;
  const { measure, contender } = result;
  try {
    result.samples.push(await run((server) => measure.sample(contender, server, measure, bench)));
  } catch (error) {
    bench.signal.throwIfAborted();
    result.failure = error.message;
    result.samples = [];
    console.error(`${measure.title}: ${contender.name} FAILED: ${error.message}`);
  }
}
