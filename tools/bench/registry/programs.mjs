/**
 * Runs the programs that put load on a server: found on PATH, bounded in time, ended with the benchmark.
 */
import { execFile, spawnSync } from 'node:child_process';

const OUTPUT_LIMIT_BYTES = 1_000_000;

/** Why what this program measures cannot be measured here, or `undefined`. */
export function missingProgram(name) {
  const { error } = spawnSync(name, ['--version'], { stdio: 'ignore' });
  if (error === undefined) return undefined;
  return `${name} is not on PATH (Debian: apt-get install wrk docker-registry curl)`;
}

/** @returns {string} the first line of what `--version` prints, or nothing */
export function versionOf(name) {
  const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
  return (stdout ?? '').split('\n')[0];
}

/**
 * @param {{ timeoutMs: number, signal?: AbortSignal }} options
 * @returns {Promise<string>} what it printed
 * @throws {Error} when the program fails or is out of time; the signal's reason when aborted
 */
export function runProgram(name, args, { timeoutMs, signal }) {
  signal?.throwIfAborted();
  const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: OUTPUT_LIMIT_BYTES };
  return new Promise((resolve, reject) => {
    execFile(name, args, { ...limits, signal, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal?.aborted) reject(signal.reason);
      else reject(new Error(`${name} ${describeEnd(error, timeoutMs)}: ${stderr.trim() || 'no word on stderr'}`));
    });
  });
}

function describeEnd({ killed, code, signal, message }, timeoutMs) {
  if (killed) return `was not done after ${timeoutMs / 1000} s`;
  return `ended with ${code ?? signal ?? message}`;
}
