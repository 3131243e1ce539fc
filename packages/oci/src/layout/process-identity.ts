/**
 * Which process this is, in words another process can check after this one was killed.
 *
 * A process number alone proves little: numbers are used again, and each container counts its own. So the machine,
 * its boot and the number space come with it, and where the system tells, the moment the process started.
 *
 * The one file here that reads the process: a lock without an owner could not outlive a `kill -9`.
 *
 * @module
 */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';

export interface ProcessIdentity {
  /** Process numbers can be compared only within one space. */
  readonly space: string;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; `null` where there is no /proc. */
  readonly start: string | null;
}

export async function identifyProcess(): Promise<ProcessIdentity> {
  const [boot, numbers, state] = await Promise.all([
    readOrNothing(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    readOrNothing(readlink('/proc/self/ns/pid')),
    readState(pid),
  ]);
  const space = [hostname(), boot?.trim(), numbers].filter((part) => part !== undefined).join('/');
  return { space, pid, start: state?.start ?? null };
}

/** Whether the process still runs; `undefined` when that cannot be known from here: another machine or container. */
export async function isRunning(other: ProcessIdentity): Promise<boolean | undefined> {
  const own = await identifyProcess();
  if (other.space !== own.space) return undefined;
  if (!exists(other.pid)) return false;
  const state = await readState(other.pid);
  if (state === undefined) return true; // no /proc, or one that hides the processes of other users
  return !state.ended && (other.start === null || other.start === state.start);
}

function exists(other: number): boolean {
  try {
    return kill(other, 0);
  } catch (thrown) {
    // EPERM: it exists and belongs to someone else.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

/** Fields 3 and 22 of proc(5) stat, counted after the name, which may hold spaces and brackets itself. */
async function readState(of: number): Promise<{ readonly ended: boolean; readonly start: string } | undefined> {
  const text = await readOrNothing(readFile(`/proc/${of}/stat`, 'utf8'));
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  if (state === undefined || start === undefined) return undefined;
  return { ended: state === 'Z' || state === 'X', start };
}

async function readOrNothing(call: Promise<string>): Promise<string | undefined> {
  return call.catch(() => undefined);
}
