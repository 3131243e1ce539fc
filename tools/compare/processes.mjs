/**
 * Programs that are started, watched for a bounded time, and stopped by their pid. Nothing outlives the script: what
 * still runs is killed when it ends, however it ends.
 */
import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

const OUTPUT_CHARACTERS = 20_000;
const running = new Set();

/**
 * @typedef {object} Outcome
 * @property {number | string | null} exit the exit code, the signal's name, or `null` when it did not end in time
 * @property {number} ms
 * @property {string} output both streams, shortened to their end
 * @property {string} stdout
 *
 * @typedef {object} Running
 * @property {(signal: NodeJS.Signals) => void} kill
 * @property {() => boolean} hasEnded
 * @property {(boundMs: number) => Promise<Outcome>} within kills it when the time is over
 */

/** @param {readonly string[]} command @param {{ cwd: string, env?: Record<string, string> }} options @returns {Running} */
export function start([program, ...args], { cwd, env = {} }) {
  const began = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const text = { stdout: '', output: '' };
  child.stdout.on('data', (data) => {
    text.stdout = (text.stdout + data).slice(-OUTPUT_CHARACTERS);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      text.output = (text.output + data).slice(-OUTPUT_CHARACTERS);
    });
  }
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ exit: error.code, ms: performance.now() - began }));
    child.once('close', (code, signal) => resolve({ exit: signal ?? code, ms: performance.now() - began }));
  }).finally(() => running.delete(child));
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    hasEnded: () => !running.has(child),
    async within(boundMs) {
      const timer = new AbortController();
      const bound = setTimeout(boundMs, null, { signal: timer.signal }).catch(() => null);
      const first = await Promise.race([ended, bound]);
      timer.abort();
      if (first !== null) return { ...first, ...text };
      child.kill('SIGKILL');
      await ended;
      return { exit: null, ms: performance.now() - began, ...text };
    },
  };
}

/** For the end of the script, also an early one. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Asks until the answer is truthy.
 *
 * @throws {Error} when it is not in time: the fault could not be brought about
 */
export async function until(what, ask, boundMs = 15_000) {
  const end = performance.now() + boundMs;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer) return answer;
    await setTimeout(25);
  }
  throw new Error(`waited ${boundMs / 1000} s in vain: ${what}`);
}
