/**
 * Constraints and indexes.
 *
 * @module
 */
import { comment, definition, flag, inUserSchema, notOfExtension, type FamilyQuery } from './snapshot-family.ts';

/**
 * Left out: NOT NULL (a constraint only from 18 on, told with the column), constraint triggers (told as triggers), and
 * what a partition has from its parent, which servers name each in its own way.
 */
export const CONSTRAINTS: FamilyQuery = `
SELECT 'constraint' AS kind, format('%I.%I.%I', n.nspname, c.relname, k.conname) AS name, ${definition(
  ['definition', 'pg_get_constraintdef(k.oid)'],
  ['validated', 'k.convalidated'],
  ['comment', comment('pg_constraint', 'k.oid')],
)} AS definition
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype NOT IN ('n', 't') AND k.conparentid = 0 AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`;

export const INDEXES: FamilyQuery = `
SELECT 'index' AS kind, format('%I.%I.%I', n.nspname, t.relname, c.relname) AS name, ${definition(
  ['definition', 'pg_get_indexdef(i.indexrelid)'],
  ['unique', 'i.indisunique'],
  ['valid', 'i.indisvalid AND i.indisready'],
  ['clustered', flag('i.indisclustered')],
  ['replicaIdentity', flag('i.indisreplident')],
  ['comment', comment('pg_class', 'c.oid')],
)} AS definition
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p', 'm') AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 't.oid')}`;
