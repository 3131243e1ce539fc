/**
 * Where a server's main thread spent its time: self time by function, from the profiles that V8 leaves in a folder.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SHOWN = 15;
const IDLE = '(idle)';

/** @returns {{ name: string, share: number, ms: number }[]} largest first; shares of the time that was not idle */
export function readProfiles(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  if (files.length === 0)
    throw new Error(`the server left no profile in ${folder}: it has to end by itself on SIGTERM`);
  const selfMs = new Map();
  for (const file of files) addProfile(selfMs, JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
  selfMs.delete(IDLE);
  const total = [...selfMs.values()].reduce((sum, ms) => sum + ms, 0);
  return [...selfMs]
    .map(([name, ms]) => ({ name, share: ms / total, ms }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SHOWN);
}

function addProfile(selfMs, { nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, describeFrame(callFrame)]));
  samples.forEach((id, index) => {
    const name = names.get(id);
    selfMs.set(name, (selfMs.get(name) ?? 0) + timeDeltas[index] / 1000);
  });
}

function describeFrame({ functionName, url, lineNumber }) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${path.basename(url)}:${lineNumber + 1}`;
}
