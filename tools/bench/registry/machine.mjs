/**
 * Where a run was made: said in every report, because figures of two machines do not compare.
 */
import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** The blob, a server's copy of it, and all uploads at once, with room to spare. */
const NEEDED_BYTES = 6e9;

export const readLoad = () => loadavg()[0].toFixed(1);

export function describeMachine(folder, loadBefore) {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('.').slice(0, 2).join('.')} ${process.arch}`,
    fileSystem: spawnSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).stdout?.trim() ?? '',
    node: process.versions.node,
    loadBefore,
    loadAfter: readLoad(),
  };
}

/** @throws {Error} when nothing can be measured here */
export function requireMachine(folder) {
  if (process.platform !== 'linux') throw new Error('memory and CPU are read from /proc, which only Linux has');
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= NEEDED_BYTES) return;
  const found = Math.round((bavail * bsize) / 1e9);
  throw new Error(`${folder} needs ${NEEDED_BYTES / 1e9} GB of room, it has ${found}; TMPDIR names another folder`);
}
