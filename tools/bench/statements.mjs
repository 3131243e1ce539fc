/**
 * The migrations that every contender runs: the same statements, one a file.
 */

/** @typedef {{ name: string, sql: string }} Migration `name` is a file's name without number and ending */

const number = (index) => String(index).padStart(6, '0');

const createTable = (index) => ({
  name: `create_bench_${number(index)}`,
  sql: `CREATE TABLE bench_${number(index)} (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
`,
});

/** A table's life: created, altered, indexed, filled. */
const MIXED = [
  createTable,
  (index) => ({
    name: `alter_bench_${number(index - 1)}`,
    sql: `ALTER TABLE bench_${number(index - 1)} ADD COLUMN note text, ADD CHECK (length(name) < 100);\n`,
  }),
  (index) => ({
    name: `index_bench_${number(index - 2)}`,
    sql: `CREATE INDEX bench_${number(index - 2)}_name ON bench_${number(index - 2)} (name);\n`,
  }),
  (index) => ({
    name: `fill_bench_${number(index - 3)}`,
    sql: `INSERT INTO bench_${number(index - 3)} (id, name) VALUES (1, 'one; with a semicolon'), (2, 'two');\n`,
  }),
];

/** @returns {Migration[]} numbered from 1 */
export function generateMigrations(count, { mixed = false } = {}) {
  const kinds = mixed ? MIXED : [createTable];
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length](index + 1));
}

/** How many tables must be there afterwards: a contender that skipped its work is no winner. */
export function expectedTables(count, { mixed = false } = {}) {
  return mixed ? Math.ceil(count / MIXED.length) : count;
}

export const TABLES_QUERY = String.raw`SELECT count(*)::int AS tables FROM pg_class WHERE relkind = 'r' AND relname LIKE 'bench\_%'`;
