/**
 * What Linux says about a running process, from /proc: memory now, its peak since the last reset, CPU time.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
import { readFileSync, writeFileSync } from 'node:fs';

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
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function readStatus(pid, name) {
  const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kibibytes) * KIBIBYTE;
}
