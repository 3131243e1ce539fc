/**
 * What everybody on a machine can see of its processes, while something runs.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { runProgram } from '../../registry/clients/program.ts';

const EVERY_MS = 25;
/** A process that was just started may still be the one that started it. */
const READS = 3;

export interface ProcessWatch {
  /** @returns every command line that was seen, each once. */
  stop(): Promise<readonly string[]>;
}

export function watchProcesses(): ProcessWatch {
  const seen = new Set<string>();
  const reads = new Map<string, number>();
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      for (const line of await commandLines(reads)) seen.add(line);
      await new Promise((done) => setTimeout(done, EVERY_MS));
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      over.abort();
      await watching;
      return [...seen];
    },
  };
}

/** @param reads how often each process was looked at, of those that are there. */
async function commandLines(reads: Map<string, number>): Promise<readonly string[]> {
  if (!existsSync('/proc/self/cmdline')) return (await runProgram('ps', ['-axo', 'args'])).stdout.split('\n');
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of reads.keys()) if (!all.includes(pid)) reads.delete(pid);
  const pids = all.filter((pid) => (reads.get(pid) ?? 0) < READS);
  for (const pid of pids) reads.set(pid, (reads.get(pid) ?? 0) + 1);
  const gone = (): string => '';
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(gone)));
}
