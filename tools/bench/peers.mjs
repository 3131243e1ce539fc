/**
 * Other tools, at pinned versions: the newest that run on Node 20. They are installed on first use into a cache folder,
 * beside the repository's own dependencies and not among them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../gates.mjs';

export const cache = path.join(root, 'node_modules/.cache/squizzle/bench');

export const PEERS = {
  'node-pg-migrate': '9.0.0',
  'drizzle-orm': '0.45.4',
  'graphile-migrate': '1.4.1',
  knex: '3.3.0',
  /** The driver of all of them. */
  pg: '8.23.1',
};

const installedVersion = (name) => {
  const manifest = path.join(cache, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
};

/** @throws {Error} when npm cannot install them */
export function installPeers() {
  if (Object.entries(PEERS).every(([name, version]) => installedVersion(name) === version)) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(path.join(cache, 'package.json'), JSON.stringify({ private: true, dependencies: PEERS }));
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
    { cwd: cache, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`npm could not install the peers: ${stderr}`);
}

/** A peer's program: to be run by this Node. */
export const peerProgram = (file) => path.join(cache, 'node_modules', file);

/**
 * `psql` from PATH. Debian's is a Perl program that looks for the real one; that is what is measured.
 *
 * @returns {{ program: string, version: string } | undefined}
 */
export function findPsql() {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'psql'));
  const found = onPath.find((file) => existsSync(file));
  if (found === undefined) return undefined;
  const program = path.basename(realpathSync(found)) === 'pg_wrapper' ? newestDebianPsql() : found;
  const version = /\d+(\.\d+)*/.exec(spawnSync(program ?? '', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0];
  return program === undefined || version === undefined ? undefined : { program, version };
}

function newestDebianPsql() {
  const versions = '/usr/lib/postgresql';
  const files = readdirSync(versions).map((major) => ({ major, file: path.join(versions, major, 'bin/psql') }));
  return files.filter(({ file }) => existsSync(file)).sort((a, b) => Number(b.major) - Number(a.major))[0]?.file;
}
