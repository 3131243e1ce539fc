/**
 * Runs a credential helper, `docker-credential-<name>`: the one file of this package that starts a program.
 *
 * No shell, a name of few characters, secrets by stdin alone, an end after some seconds, and no more output than a
 * credential needs. What the answer means is told by `helper-verbs.ts`.
 *
 * @see https://github.com/docker/docker-credential-helpers#development
 * @module
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { CallOptions } from '@squizzle/core';
import type { Variables } from '../credential.ts';
import { credentialsUnusable } from '../credentials-unusable.ts';
import { boundedText, type BoundedText } from './bounded-text.ts';

export type HelperVerb = 'get' | 'store' | 'erase' | 'list';

export interface HelperCall {
  /** What follows `docker-credential-`. */
  readonly name: string;
  readonly verb: HelperVerb;
  /** Written to its stdin. */
  readonly input: string;
}

export type HelperAnswer =
  /** `exitCode` is `null` when a signal ended it. */
  | { readonly kind: 'ended'; readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'not-installed' };

/**
 * @throws {SquizzleError} `CREDENTIALS_UNUSABLE` when the name is none, the program cannot be started, takes too long or
 *   says too much. The signal's reason when aborted.
 */
export type RunHelper = (call: HelperCall, options?: CallOptions) => Promise<HelperAnswer>;

export interface HelperRunnerOptions {
  /** What the program gets to see, without `SQUIZZLE_…`. Default: what this process sees. `PATH` says where it lies. */
  readonly env?: Variables | undefined;
  /** Default: 10 s to read, 60 s to write, because a keychain may ask its owner then. */
  readonly timeoutMs?: number | undefined;
  /** Of stdout. Default 64 KiB. */
  readonly maxOutputBytes?: number | undefined;
}

const NAME = /^[A-Za-z0-9._-]+$/;
const TIMEOUT_MS: Readonly<Record<HelperVerb, number>> = { get: 10_000, list: 10_000, store: 60_000, erase: 60_000 };
const MAX_OUTPUT_BYTES = 64 * 1024;
const TRY_IT = 'run it by hand to see what it does';

export function createHelperRunner(options: HelperRunnerOptions = {}): RunHelper {
  const env = options.env === undefined ? {} : { env: helperVariables(options.env) };
  return async (call, { signal } = {}) => {
    signal?.throwIfAborted();
    if (!NAME.test(call.name)) {
      throw credentialsUnusable('credential helper', `its name may have letters, digits and . _ - only: correct it`);
    }
    const limits = {
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS[call.verb],
      maxOutputBytes: options.maxOutputBytes ?? MAX_OUTPUT_BYTES,
    };
    return converse(start(call, env), call, limits, signal);
  };
}

export function programOf(name: string): string {
  return `docker-credential-${name}`;
}

interface HelperLimits {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

async function converse(
  child: ChildProcess,
  { name, input }: HelperCall,
  { timeoutMs, maxOutputBytes }: HelperLimits,
  signal: AbortSignal | undefined,
): Promise<HelperAnswer> {
  const program = programOf(name);
  const stopped = new AbortController();
  const stop = (reason: unknown): void => stopped.abort(reason);
  const onAbort = (): void => stop(signal?.reason);
  const late = (): void => stop(credentialsUnusable(program, `did not answer within ${timeoutMs} ms: ${TRY_IT}`));
  const timer = setTimeout(late, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  const onFlood = (): void => stop(credentialsUnusable(program, `said more than ${maxOutputBytes} bytes: ${TRY_IT}`));
  child.stdin?.on('error', () => undefined); // it may end without reading: its answer counts
  child.stdin?.end(input);
  try {
    return await answerOf(
      child,
      program,
      boundedText(maxOutputBytes, onFlood),
      boundedText(maxOutputBytes),
      stopped.signal,
    );
  } catch (thrown) {
    abandon(child);
    throw thrown;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function answerOf(
  child: ChildProcess,
  program: string,
  stdout: BoundedText,
  stderr: BoundedText,
  stopped: AbortSignal,
): Promise<HelperAnswer> {
  child.stdout?.on('data', stdout.add);
  child.stderr?.on('data', stderr.add);
  return new Promise((resolve, reject) => {
    stopped.addEventListener('abort', () => reject(stopped.reason as Error), { once: true });
    child.once('error', (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') resolve({ kind: 'not-installed' });
      else reject(cannotStart(program, thrown));
    });
    child.once('close', (exitCode) =>
      resolve({ kind: 'ended', exitCode, stdout: stdout.text(), stderr: stderr.text() }),
    );
  });
}

/** Nothing that it started, and that still holds its pipes, keeps this process waiting. */
function abandon(child: ChildProcess): void {
  child.kill('SIGKILL');
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  child.unref();
}

/** Some faults are thrown at once; they may quote what the program was to be given, so none becomes a cause. */
function start({ name, verb }: HelperCall, env: Pick<SpawnOptions, 'env'>): ChildProcess {
  try {
    return spawn(programOf(name), [verb], { ...env, shell: false, stdio: 'pipe', windowsHide: true });
  } catch (thrown) {
    throw cannotStart(programOf(name), thrown);
  }
}

function cannotStart(program: string, thrown: unknown): Error {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown fault';
  return credentialsUnusable(program, `cannot be started (${code}): see that it is a program this user may run`);
}

/** The secrets of this program are no business of that one. */
function helperVariables(env: Variables): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !name.startsWith('SQUIZZLE_') && value?.includes('\0') !== true),
  );
}
