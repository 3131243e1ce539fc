/**
 * Who takes part: how each wants the migrations laid out, and which commands run them.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../gates.mjs';
import { cache, findPsql, PEERS, peerProgram } from './peers.mjs';

/**
 * @typedef {readonly string[]} Command run with `DATABASE_URL` set, in the contender's folder
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} version
 * @property {string} transactions how many the migrations run in
 * @property {string} [missing] why it cannot take part
 * @property {(folder: string, migrations: readonly import('./statements.mjs').Migration[]) => void} layOut
 * @property {Record<string, Command>} [build] run once, before all runs
 * @property {Command} apply
 * @property {Record<string, Command>} [again] run when everything is applied
 * @property {Command} [plan] prints how long planning takes in memory: a JSON array of milliseconds
 */

export const squizzleProgram = path.join(root, 'packages/cli/dist/bin.js');
const squizzle = (...args) => [process.execPath, squizzleProgram, ...args];

/** @returns {Contender[]} */
export function listContenders() {
  return [...psqlContenders(), ...squizzleContenders(), nodePgMigrate(), drizzle(), graphileMigrate()];
}

function psqlContenders() {
  const found = findPsql();
  const contender = (name, transactions, flags) => ({
    name,
    version: found?.version ?? '',
    transactions,
    ...(found === undefined && { missing: 'psql is not on PATH (Debian: apt-get install postgresql-client)' }),
    layOut: (folder, migrations) =>
      writeFileSync(path.join(folder, 'all.sql'), migrations.map(({ sql }) => sql).join('')),
    apply: [found?.program ?? 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', ...flags, '-f', 'all.sql', '$DATABASE_URL'],
  });
  return [contender('psql -f', 'per statement', []), contender('psql -1 -f', 'one', ['-1'])];
}

function squizzleContenders() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'packages/cli/package.json'), 'utf8'));
  const common = {
    version,
    ...(!existsSync(squizzleProgram) && { missing: `${squizzleProgram} is not built (npm run build)` }),
    apply: squizzle('apply'),
    again: { 'no-op apply': squizzle('apply'), status: squizzle('status') },
  };
  const oneRelease = { build: { release: squizzle('build', '1.0.0') } };
  return [
    { ...common, ...oneRelease, name: 'squizzle', transactions: 'one', layOut: layOutSquizzle('release') },
    {
      ...common,
      ...oneRelease,
      name: 'squizzle, transaction: step',
      transactions: 'per file',
      layOut: layOutSquizzle('step'),
    },
    {
      ...common,
      name: 'squizzle, one release per file',
      transactions: 'per release',
      layOut: layOutSquizzle('release'),
      build: {
        'all but one, in one process': [process.execPath, path.join(import.meta.dirname, 'build-releases.mjs')],
        'the last one': squizzle('build'),
      },
      plan: [process.execPath, path.join(import.meta.dirname, 'plan-releases.mjs')],
    },
  ];
}

const layOutSquizzle = (transaction) => (folder, migrations) => {
  writeNumbered(path.join(folder, 'db/migrations'), migrations, ({ sql }) => sql);
  writeFileSync(
    path.join(folder, 'squizzle.yaml'),
    `name: bench
environments:
  bench:
    database: \${DATABASE_URL}
    transaction: ${transaction}
    trust:
      unsigned: { allowed: true, reason: no peer verifies signatures }
defaultEnvironment: bench
`,
  );
};

function nodePgMigrate() {
  const up = peerProgram('node-pg-migrate/bin/node-pg-migrate.js');
  const apply = [process.execPath, up, 'up', '--verbose', 'false'];
  return {
    name: 'node-pg-migrate',
    version: PEERS['node-pg-migrate'],
    transactions: 'one',
    layOut: (folder, migrations) =>
      writeNumbered(
        path.join(folder, 'migrations'),
        migrations,
        ({ sql }) => `-- Up Migration\n${sql}`,
        1_700_000_000_000,
      ),
    apply,
    again: { 'no-op apply': apply },
  };
}

function drizzle() {
  const apply = [process.execPath, path.join(import.meta.dirname, 'drizzle-migrate.mjs'), cache, 'drizzle'];
  return {
    name: 'drizzle-orm',
    version: PEERS['drizzle-orm'],
    transactions: 'one',
    layOut(folder, migrations) {
      const tags = writeNumbered(path.join(folder, 'drizzle'), migrations, ({ sql }) => sql);
      const entries = tags.map((tag, idx) => ({
        idx,
        version: '7',
        when: 1_700_000_000_000 + idx,
        tag,
        breakpoints: true,
      }));
      mkdirSync(path.join(folder, 'drizzle/meta'));
      const journal = { version: '7', dialect: 'postgresql', entries };
      writeFileSync(path.join(folder, 'drizzle/meta/_journal.json'), JSON.stringify(journal, null, 2));
    },
    apply,
    again: { 'no-op apply': apply },
  };
}

function graphileMigrate() {
  const apply = [process.execPath, peerProgram('graphile-migrate/dist/cli.js'), 'migrate'];
  return {
    name: 'graphile-migrate',
    version: PEERS['graphile-migrate'],
    transactions: 'per file',
    layOut(folder, migrations) {
      let previous;
      writeNumbered(
        path.join(folder, 'migrations/committed'),
        migrations,
        ({ sql }) => {
          const text = `${`${previous ?? ''}\n${sql.trim()}`.trim()}\n`;
          const hash = `sha1:${createHash('sha1').update(text).digest('hex')}`;
          const file = `--! Previous: ${previous ?? '-'}\n--! Hash: ${hash}\n\n${sql}`;
          previous = hash;
          return file;
        },
        undefined,
        '-',
      );
      writeFileSync(path.join(folder, 'migrations/current.sql'), '');
      writeFileSync(path.join(folder, '.gmrc'), '{}');
    },
    apply,
    again: { 'no-op apply': apply },
  };
}

/** `000001_name.sql`, or counted from a timestamp. @returns {string[]} the names without ending, in order */
function writeNumbered(folder, migrations, toText, from = 0, separator = '_') {
  mkdirSync(folder, { recursive: true });
  return migrations.map((migration, index) => {
    const name = `${String(from + index + 1).padStart(6, '0')}${separator}${migration.name}`;
    writeFileSync(path.join(folder, `${name}.sql`), toText(migration));
    return name;
  });
}
