/**
 * Installs other lines of Node beside this one, for tests that must give the same result on each of them:
 * `node tools/node-matrix/install.mjs 22 24 26` prints their executables, separated by `:`.
 *
 * They come from the npm registry, so a machine that could install this repository can install them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../node_modules/.cache/squizzle/nodes');
const platform = `${process.platform}-${process.arch}`;

export function installNodes(majors) {
  const executables = majors.map((major) => path.join(folder, 'node_modules', `node${major}`, 'bin/node'));
  if (!executables.every((file) => existsSync(file))) {
    mkdirSync(folder, { recursive: true });
    const dependencies = Object.fromEntries(majors.map((major) => [`node${major}`, `npm:node-${platform}@${major}`]));
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    const { status, stderr } = spawnSync(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
      { cwd: folder, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`npm could not install Node ${majors.join(', ')} for ${platform}: ${stderr}`);
  }
  return executables;
}

if (process.argv[1] === import.meta.filename) console.log(installNodes(process.argv.slice(2)).join(':'));
