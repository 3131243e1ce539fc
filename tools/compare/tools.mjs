/**
 * The tools that are compared: how each wants its migrations, which command runs them, and where it writes down what it
 * ran. Each is used as its own documentation says, with its defaults, unless a fault says otherwise.
 *
 * What must run outside a transaction (`outside`) is marked the tool's own way: `pgm.noTransaction()`,
 * `--! no-transaction`, `config = { transaction: false }`. drizzle's migrator has no such way; squizzle needs none.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { squizzleProgram } from '../bench/contenders.mjs';
import { cache, PEERS, peerProgram } from '../bench/peers.mjs';
import { root } from '../gates.mjs';

/**
 * @typedef {object} MigrationFile
 * @property {number} id gives the order; what is recorded is told by it
 * @property {string} name
 * @property {readonly string[]} statements
 * @property {boolean} [outside] cannot run in a transaction
 * @property {MigrationFile} [editedFrom] what it was when it was committed
 * @property {number} [branchedAt] the newest file that its author knew, if not the one before it
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} version
 * @property {(folder: string, files: readonly MigrationFile[]) => void} layOut replaces what was laid out before
 * @property {readonly string[]} [build] run after each change of the files
 * @property {readonly string[]} apply
 * @property {readonly string[]} [waiting] flags with which it waits for another of its kind, if it does not anyway
 * @property {readonly string[]} [perFile] flags with which each file has a transaction of its own, if it has not anyway
 * @property {string} recorded a query: one row with a column `id` for each file that it holds for applied
 * @property {(rows: readonly object[], released: ReadonlyMap<string, readonly number[]>) => number[]} [toIds] where it
 *   records versions, each of which holds files
 * @property {{ remove: string, edit: string, unlock?: string }} tamper statements that falsify the record of the newest
 *   file; `unlock` is what a superuser runs before where the plain statement is refused
 */

const FIRST_TIMESTAMP = 1_700_000_000_000;
const timestamp = ({ id }) => FIRST_TIMESTAMP + id;
const number = ({ id }) => String(id).padStart(6, '0');
const terminated = (statements) => statements.map((statement) => `${statement};\n`).join('');
const newest = (table, column) => `${column} = (SELECT max(${column}) FROM ${table})`;

/** @param {string} program squizzle's, when it is not the one of this repository @returns {Tool[]} */
export function listTools(program = squizzleProgram) {
  return [nodePgMigrate(), graphileMigrate(), drizzle(), knex(), squizzle(program)];
}

function write(folder, names) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of names) writeFileSync(path.join(folder, name), text);
}

function nodePgMigrate() {
  const table = 'public.pgmigrations';
  const toFile = (file) =>
    file.outside
      ? [`${timestamp(file)}_${file.name}.mjs`, nodePgMigrateScript(file)]
      : [`${timestamp(file)}_${file.name}.sql`, `-- Up Migration\n${terminated(file.statements)}`];
  return {
    name: 'node-pg-migrate',
    version: PEERS['node-pg-migrate'],
    layOut: (folder, files) => write(path.join(folder, 'migrations'), files.map(toFile)),
    apply: [process.execPath, peerProgram('node-pg-migrate/bin/node-pg-migrate.js'), 'up', '--verbose', 'false'],
    waiting: ['--advisory-lock-mode', 'wait'],
    perFile: ['--no-single-transaction'],
    recorded: `SELECT split_part(name, '_', 1)::bigint - ${FIRST_TIMESTAMP} AS id FROM ${table} ORDER BY id`,
    tamper: {
      remove: `DELETE FROM ${table} WHERE ${newest(table, 'id')}`,
      edit: `UPDATE ${table} SET name = name || '_edited' WHERE ${newest(table, 'id')}`,
    },
  };
}

const nodePgMigrateScript = ({ statements }) => `export const up = (pgm) => {
  pgm.noTransaction();
${statements.map((statement) => `  pgm.sql(${JSON.stringify(statement)});\n`).join('')}};
export const down = false;
`;

function graphileMigrate() {
  const table = 'graphile_migrate.migrations';
  return {
    name: 'graphile-migrate',
    version: PEERS['graphile-migrate'],
    layOut(folder, files) {
      const hashes = new Map();
      const bodyOf = ({ outside, statements }) =>
        `${outside ? '--! no-transaction\n' : ''}${terminated(statements)}`.trim();
      const texts = files.map((file, at) => {
        const after = hashes.get(file.branchedAt ?? files[at - 1]?.id);
        const hashed = `${`${after ?? ''}\n${bodyOf(file.editedFrom ?? file)}`.trim()}\n`;
        hashes.set(file.id, `sha1:${createHash('sha1').update(hashed).digest('hex')}`);
        const header = `--! Previous: ${after ?? '-'}\n--! Hash: ${hashes.get(file.id)}\n`;
        return [`${number(file)}-${file.name}.sql`, `${header}\n${bodyOf(file)}\n`];
      });
      write(path.join(folder, 'migrations/committed'), texts);
      writeFileSync(path.join(folder, 'migrations/current.sql'), '');
      writeFileSync(path.join(folder, '.gmrc'), '{}');
    },
    apply: [process.execPath, peerProgram('graphile-migrate/dist/cli.js'), 'migrate'],
    recorded: `SELECT split_part(filename, '.', 1)::int AS id FROM ${table} ORDER BY id`,
    tamper: {
      remove: `DELETE FROM ${table} WHERE ${newest(table, 'filename')}`,
      edit: `UPDATE ${table} SET hash = 'sha1:0000' WHERE ${newest(table, 'filename')}`,
    },
  };
}

function drizzle() {
  const table = 'drizzle.__drizzle_migrations';
  const migrate = path.join(import.meta.dirname, '../bench/drizzle-migrate.mjs');
  return {
    name: 'drizzle-orm',
    version: PEERS['drizzle-orm'],
    layOut(folder, files) {
      const tag = (file) => `${number(file)}_${file.name}`;
      const text = ({ statements }) =>
        statements.map((statement) => `${statement};`).join('\n--> statement-breakpoint\n');
      write(
        path.join(folder, 'drizzle'),
        files.map((file) => [`${tag(file)}.sql`, text(file)]),
      );
      const entry = (file, idx) => ({ idx, version: '7', when: timestamp(file), tag: tag(file), breakpoints: true });
      const journal = { version: '7', dialect: 'postgresql', entries: files.map(entry) };
      write(path.join(folder, 'drizzle/meta'), [['_journal.json', JSON.stringify(journal)]]);
    },
    apply: [process.execPath, migrate, cache, 'drizzle'],
    recorded: `SELECT created_at - ${FIRST_TIMESTAMP} AS id FROM ${table} ORDER BY id`,
    tamper: {
      remove: `DELETE FROM ${table} WHERE ${newest(table, 'id')}`,
      edit: `UPDATE ${table} SET hash = 'edited' WHERE ${newest(table, 'id')}`,
    },
  };
}

function knex() {
  const table = 'public.knex_migrations';
  return {
    name: 'knex',
    version: PEERS.knex,
    layOut(folder, files) {
      write(
        path.join(folder, 'migrations'),
        files.map((file) => [`${number(file)}_${file.name}.js`, knexScript(file)]),
      );
      const settings = "client: 'pg', connection: process.env.DATABASE_URL, migrations: { directory: './migrations' }";
      writeFileSync(path.join(folder, 'knexfile.js'), `module.exports = { ${settings} };\n`);
      rmSync(path.join(folder, 'node_modules'), { force: true });
      symlinkSync(path.join(cache, 'node_modules'), path.join(folder, 'node_modules'));
    },
    apply: [process.execPath, peerProgram('knex/bin/cli.js'), 'migrate:latest'],
    recorded: `SELECT split_part(name, '_', 1)::int AS id FROM ${table} ORDER BY id`,
    tamper: {
      remove: `DELETE FROM ${table} WHERE ${newest(table, 'id')}`,
      edit: `UPDATE ${table} SET name = name || '_edited' WHERE ${newest(table, 'id')}`,
    },
  };
}

const knexScript = ({ statements, outside }) => `exports.up = async (knex) => {
${statements.map((statement) => `  await knex.raw(${JSON.stringify(statement)});\n`).join('')}};
exports.down = async () => {};
${outside ? 'exports.config = { transaction: false };\n' : ''}`;

function squizzle(program) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'packages/cli/package.json'), 'utf8'));
  const events = (column) => `SELECT ${column} FROM squizzle.ledger WHERE event = 'applied'`;
  const ofNewest = `seq = (${events('max(seq)')})`;
  return {
    name: 'squizzle',
    version,
    layOut(folder, files) {
      write(
        path.join(folder, 'db/migrations'),
        files.map((file) => [`${number(file)}_${file.name}.sql`, terminated(file.statements)]),
      );
      writeFileSync(path.join(folder, 'squizzle.yaml'), SQUIZZLE_YAML);
    },
    build: [process.execPath, program, 'build'],
    apply: [process.execPath, program, 'apply'],
    perFile: ['--transaction', 'step'],
    recorded: `${events('version')} ORDER BY seq`,
    toIds: (rows, released) => rows.flatMap(({ version: applied }) => released.get(applied) ?? []),
    tamper: {
      remove: `DELETE FROM squizzle.ledger WHERE ${ofNewest}`,
      edit: `UPDATE squizzle.ledger SET checksum = 'sha256:0000' WHERE ${ofNewest}`,
      /** A superuser can. */
      unlock: 'SET session_replication_role = replica',
    },
  };
}

const SQUIZZLE_YAML = `name: compare
environments:
  compare:
    database: \${DATABASE_URL}
    trust:
      unsigned: { allowed: true, reason: no peer verifies signatures }
defaultEnvironment: compare
`;
