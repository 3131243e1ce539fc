/**
 * A tablespace on a disk of a few megabytes, and a file that fills it. Mounting needs root.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runSql } from './sql.mjs';

const SIZE_MB = 16;
const FREE_MB = 1;
const MB = 1024 * 1024;

/** @returns {Promise<{ fill: () => void, empty: () => void } | undefined>} `undefined` where nothing can be mounted */
export async function openSmallDisk(world) {
  const folder = mkdtempSync(path.join(tmpdir(), 'squizzle-small-disk-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=0700`, 'tmpfs', folder]).status !== 0) {
    rmdirSync(folder);
    return undefined;
  }
  world.onClose(() => {
    spawnSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  const [{ data_directory: data }] = await runSql(world.url('postgres'), 'SHOW data_directory');
  const { uid, gid } = statSync(data);
  chownSync(folder, uid, gid);
  await runSql(world.url('postgres'), `CREATE TABLESPACE small LOCATION '${folder}'`);
  const filler = path.join(folder, 'filler');
  return {
    fill: () => writeFileSync(filler, Buffer.alloc((SIZE_MB - FREE_MB) * MB)),
    empty: () => rmSync(filler, { force: true }),
  };
}
