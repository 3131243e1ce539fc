/**
 * Runs a program and takes what it says: the one file of this package that starts one.
 *
 * No shell, a bounded answer, an end after some time, and no environment but the one given.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { CallOptions } from '@squizzle/core';
import { programEnvironment, type Variables } from './program-environment.ts';

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  /** Written to its stdin. */
  readonly input: Uint8Array;
  /** What it may see; passwords and our own settings are taken out. `PATH` says where it lies. */
  readonly env: Variables;
  /** Default 60 s: somebody may have to touch a device. */
  readonly timeoutMs?: number | undefined;
}

export type ProgramAnswer =
  /** `exitCode` is `null` when a signal ended it. */
  | { readonly kind: 'ended'; readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }
  /** `reason` is for people and names what to do. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Throws nothing but the signal's reason when aborted: what went wrong is in the answer. */
export type RunProgram = (call: ProgramCall, options?: CallOptions) => Promise<ProgramAnswer>;

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
const TRY_IT = 'run it by hand to see what it does';

export const runProgram: RunProgram = async (call, { signal } = {}) => {
  signal?.throwIfAborted();
  const { timeoutMs = TIMEOUT_MS } = call;
  const started = start(call);
  if (started.kind === 'failed') return started;
  const { child } = started;
  let late: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<ProgramAnswer>((resolve, reject) => {
      const fail = (reason: string): void => resolve({ kind: 'failed', reason });
      late = setTimeout(() => fail(`did not end within ${timeoutMs} ms: ${TRY_IT}`), timeoutMs);
      onAbort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      collect(child, call.input, resolve, fail);
    });
  } finally {
    clearTimeout(late);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    abandon(child);
  }
};

function collect(
  child: ChildProcess,
  input: Uint8Array,
  resolve: (answer: ProgramAnswer) => void,
  fail: (reason: string) => void,
): void {
  const flooded = (): void => fail(`said more than ${MAX_OUTPUT_BYTES} bytes: ${TRY_IT}`);
  const stdout = boundedText(flooded);
  const stderr = boundedText(() => undefined);
  child.stdout?.on('data', stdout.add);
  child.stderr?.on('data', stderr.add);
  child.stdin?.on('error', () => undefined); // it may end without reading: its answer counts
  child.stdin?.end(input);
  child.once('error', (thrown) => fail(cannotStart(thrown)));
  child.once('close', (exitCode) => resolve({ kind: 'ended', exitCode, stdout: stdout.text(), stderr: stderr.text() }));
}

type Started = { readonly kind: 'started'; readonly child: ChildProcess } | Extract<ProgramAnswer, { kind: 'failed' }>;

/** Some faults are thrown at once; they may quote what the program was to be given. */
function start({ program, args, env }: ProgramCall): Started {
  try {
    const options = { env: programEnvironment(env), shell: false, stdio: 'pipe', windowsHide: true } as const;
    return { kind: 'started', child: spawn(program, [...args], options) };
  } catch (thrown) {
    return { kind: 'failed', reason: cannotStart(thrown) };
  }
}

function cannotStart(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown fault';
  return code === 'ENOENT'
    ? 'is not installed: install it, or see that it is in PATH'
    : `cannot be started (${code}): see that it is a program this user may run`;
}

/** Nothing that it started, and that still holds its pipes, keeps this process waiting. */
function abandon(child: ChildProcess): void {
  child.kill('SIGKILL');
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  child.unref();
}

interface BoundedText {
  readonly add: (chunk: Uint8Array) => void;
  readonly text: () => string;
}

/** `onOverflow` is called with the first byte too many; what follows is dropped. */
function boundedText(onOverflow: () => void): BoundedText {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    add: (chunk) => {
      const before = size;
      size += chunk.byteLength;
      if (before < MAX_OUTPUT_BYTES) chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - before));
      if (before <= MAX_OUTPUT_BYTES && size > MAX_OUTPUT_BYTES) onOverflow();
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
