/**
 * Which process holds something, and whether it still lives. The one place of this package that looks at processes.
 *
 * A number alone is not enough: it is given out again. On Linux the start time tells two processes of one number apart,
 * and the namespace tells whether the number means anything here (containers that share a folder count from 1 each).
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 * @module
 */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill, pid as ownPid } from 'node:process';

export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since boot; `null` where it cannot be known. */
  readonly started: string | null;
  /** Host, and on Linux boot and PID namespace. */
  readonly space: string;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: ownPid, started: (await readStat(ownPid))?.started ?? null, space: await ownSpace() };
}

/** Of a process elsewhere (another machine or container) nothing is known, so it counts as alive. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const space = await ownSpace();
  if (identity.space !== space) return !isEarlierBoot(identity.space, space);
  if (!answersSignals(identity.pid)) return false;
  const stat = await readStat(identity.pid);
  if (stat === null || identity.started === null) return true;
  return stat.started === identity.started && stat.state !== 'Z' && stat.state !== 'X';
}

function answersSignals(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readStat(pid: number): Promise<{ readonly state: string; readonly started: string } | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the second field is the program's name in parentheses, which may hold anything
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return null;
  }
}

/** `host|boot|namespace`. */
async function ownSpace(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return [hostname(), boot.trim(), namespace].join('|');
}

/** The same host, started again since: nothing of then lives. */
function isEarlierBoot(then: string, now: string): boolean {
  const [host, boot] = then.split('|');
  const [ownHost, ownBoot] = now.split('|');
  return host === ownHost && boot !== '' && boot !== ownBoot;
}
