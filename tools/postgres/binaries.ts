/**
 * Where PostgreSQL's programs lie: npm packages that carry them (see the root's optional dependencies), and
 * the folders named by `SQUIZZLE_TEST_POSTGRES_BIN` (separated as in PATH).
 *
 * npm packs no symbolic links, and install scripts are off in this repository, so the links between the
 * libraries are made here on first use.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { arch, env, execPath, platform } from 'node:process';

/** A server that tests may start, or the reason why not. */
export type ServerChoice =
  { readonly version: string; readonly binaries: string } | { readonly version: string; readonly missing: string };

const NODE_MODULES = resolve(import.meta.dirname, '../../node_modules');
/** The oldest and the newest server that are tested everywhere. */
const VERSIONS = ['14', '18'];

/** Every version the tests ask for, each with its folder of programs or the reason why it is missing. */
export function availableServers(): readonly ServerChoice[] {
  const packaged = VERSIONS.map((version) => packagedServer(version));
  const folders = (env['SQUIZZLE_TEST_POSTGRES_BIN'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...packaged, ...folders.map((folder) => serverInFolder(folder))];
}

function packagedServer(version: string): ServerChoice {
  const name = `postgres-${version}-${platform}-${arch}`;
  const folder = join(NODE_MODULES, name);
  if (!existsSync(folder)) return { version, missing: `the optional package ${name} is not installed` };
  hydrate(folder);
  return serverInFolder(join(folder, 'native/bin'), version);
}

/** Runs the package's own script where a library's link is missing. */
function hydrate(folder: string): void {
  const script = join(folder, 'scripts/hydrate-symlinks.js');
  const libraries = readdirSync(join(folder, 'native/lib'));
  if (libraries.some((file) => /^libpq\.(so|\d+\.dylib)/.test(file) && libraries.includes('libpq.so.5'))) return;
  if (existsSync(script)) execFileSync(execPath, [script], { cwd: folder });
}

function serverInFolder(binaries: string, expected?: string): ServerChoice {
  const answer = spawnSync(join(binaries, 'postgres'), ['--version'], { encoding: 'utf8' });
  const version = /(\d+)(\.\d+)?/.exec(answer.stdout ?? '')?.[1] ?? expected ?? binaries;
  if (answer.status === 0) return { version, binaries };
  return { version, missing: `${binaries}/postgres does not run: ${answer.error?.message ?? answer.stderr.trim()}` };
}
