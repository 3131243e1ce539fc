/**
 * Runs a program and takes what it says: the one file of this package that starts one.
 *
 * No shell, a bounded answer, an end after some time, and no environment but the one given. It gets a session of its own,
 * so that what it starts ends with it; so it has no terminal either, and asks for a PIN in a window or at the device.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { platform } from 'node:os';
import { kill } from 'node:process';
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
/** Of processes. On Windows a program that is detached would open a window. */
const HAS_GROUPS = platform() !== 'win32';
const TRY_IT = 'run it by hand to see what it does';

export const runProgram: RunProgram = async (call, { signal } = {}) => {
  signal?.throwIfAborted();
  const { timeoutMs = TIMEOUT_MS } = call;
  const started = start(call);
  if (started.kind === 'failed') return started;
  const { child } = started;
  let answer: ProgramAnswer | undefined;
  let late: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    answer = await new Promise<ProgramAnswer>((resolve, reject) => {
      const fail = (reason: string): void => resolve({ kind: 'failed', reason });
      late = setTimeout(() => fail(`did not end within ${timeoutMs} ms: ${TRY_IT}`), timeoutMs);
      onAbort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      collect(child, call, resolve, fail);
    });
    return answer;
  } finally {
    clearTimeout(late);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    if (answer?.kind !== 'ended') abandon(child);
  }
};

function collect(
  child: ChildProcess,
  { program, input }: ProgramCall,
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
  child.once('error', (thrown) => fail(cannotStart(program, thrown)));
  child.once('close', (exitCode) => resolve({ kind: 'ended', exitCode, stdout: stdout.text(), stderr: stderr.text() }));
}

type Started = { readonly kind: 'started'; readonly child: ChildProcess } | Extract<ProgramAnswer, { kind: 'failed' }>;

/** Some faults are thrown at once; they may quote what the program was to be given. */
function start({ program, args, env }: ProgramCall): Started {
  try {
    const options = { shell: false, stdio: 'pipe', windowsHide: true, detached: HAS_GROUPS } as const;
    return { kind: 'started', child: spawn(program, [...args], { ...options, env: programEnvironment(env) }) };
  } catch (thrown) {
    return { kind: 'failed', reason: cannotStart(program, thrown) };
  }
}

/** PATH is asked for names alone. */
function cannotStart(program: string, thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown fault';
  if (code !== 'ENOENT') return `cannot be started (${code}): see that it is a program this user may run`;
  return /[/\\]/.test(program)
    ? 'is no file that is there, or asks for an interpreter that is not: write its path as seen from the working folder, or in full'
    : 'is not installed: install it, or see that it is in PATH';
}

/** With all that it started; nothing that still holds its pipes keeps this process waiting. */
function abandon(child: ChildProcess): void {
  if (!HAS_GROUPS) child.kill('SIGKILL');
  else if (child.pid !== undefined) killGroup(child.pid);
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  child.unref();
}

function killGroup(leader: number): void {
  try {
    kill(-leader, 'SIGKILL');
  } catch {
    // nobody of it is left
  }
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
