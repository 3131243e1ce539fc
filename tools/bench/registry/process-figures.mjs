/**
 * What Linux says about a running process, from /proc: memory now, its peak since the last reset, CPU time; and how much
 * of the machine others took.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const KIBIBYTE = 1024;
const TICK_MS = 10;
const RESET_PEAK = '5';

export const currentBytes = (pid) => readStatus(pid, 'VmRSS');

/** Most memory that was resident at once since the start or `resetPeak`. */
export const peakBytes = (pid) => readStatus(pid, 'VmHWM');

/** Sets the peak to what is resident now. */
export const resetPeak = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);

/** User and system time of all threads so far. */
export function cpuMs(pid) {
  const [user, system] = readTimes(pid);
  return user + system;
}

/**
 * Counts what the machine does for others than this process and the children that end meanwhile: all that runs, less
 * that. What the kernel does on its own, such as writing to disk, is in it.
 *
 * @returns {() => number} percent of all cores since the call
 */
export function watchOthers() {
  const start = performance.now();
  const before = othersMs();
  return () => Math.max(0, ((othersMs() - before) / ((performance.now() - start) * cpus().length)) * 100);
}

function othersMs() {
  const [user, nice, system, , , irq, softIrq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) * TICK_MS);
  const own = readTimes('self').reduce((sum, ms) => sum + ms, 0);
  return user + nice + system + irq + softIrq + steal - own;
}

/** @returns {number[]} user and system time of a process, and of its children that ended */
function readTimes(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).map((ticks) => Number(ticks) * TICK_MS);
}

function readStatus(pid, name) {
  const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kibibytes) * KIBIBYTE;
}
