/**
 * Who takes part, and how each is started: one line of access log per request, into a file, deletion on, no
 * authentication, no TLS.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../gates.mjs';
import { missingProgram, versionOf } from './programs.mjs';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} version
 * @property {string} [missing] why it cannot take part
 * @property {(benchFolder: string) => void} [prepare] once, before the first start
 * @property {(place: Place) => readonly string[]} command that serves on 127.0.0.1, program and arguments
 * @typedef {{ benchFolder: string, folder: string, port: number, nodeFlags: readonly string[] }} Place `folder` is
 *   empty and its own
 */

export const OURS = 'squizzle-registry';
export const THEIRS = 'docker-registry';

const dist = path.join(root, 'apps/registry/dist');
const PROGRAM = 'squizzle-registry.cjs';
const programsIn = (benchFolder) => path.join(benchFolder, 'programs');

/** @returns {Contender[]} */
export const listContenders = () => [squizzle(), dockerRegistry()];

function squizzle() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'apps/registry/package.json'), 'utf8'));
  return {
    name: OURS,
    version,
    ...(!existsSync(path.join(dist, PROGRAM)) && { missing: `${dist} is not built (npm run build)` }),
    /** Copied, so that a build in the meantime changes nothing. */
    prepare(benchFolder) {
      const programs = programsIn(benchFolder);
      mkdirSync(programs);
      const files = readdirSync(dist).filter((name) => name.endsWith('.cjs'));
      for (const name of files) copyFileSync(path.join(dist, name), path.join(programs, name));
    },
    command: ({ benchFolder, folder, port, nodeFlags }) => [
      process.execPath,
      ...nodeFlags,
      path.join(programsIn(benchFolder), PROGRAM),
      'serve',
      ...['--port', String(port), '--root', path.join(folder, 'data'), '--log-format', 'json'],
    ],
  };
}

/** Debian's settings without its users and health check; of its two lines per request only the access log. */
function dockerRegistry() {
  const missing = missingProgram(THEIRS);
  return {
    name: THEIRS,
    version: versionOf(THEIRS).split(' ').at(-1),
    ...(missing !== undefined && { missing }),
    command({ folder, port }) {
      const settings = {
        version: 0.1,
        log: { level: 'error' },
        storage: {
          filesystem: { rootdirectory: path.join(folder, 'data') },
          cache: { blobdescriptor: 'inmemory' },
          delete: { enabled: true },
        },
        http: { addr: `127.0.0.1:${port}` },
      };
      const file = path.join(folder, 'settings.yml');
      writeFileSync(file, JSON.stringify(settings)); // JSON is YAML
      return [THEIRS, 'serve', file];
    },
  };
}
