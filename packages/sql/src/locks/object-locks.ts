/**
 * What COMMENT, GRANT and CREATE FUNCTION lock.
 *
 * @module
 */
import type { CommentStmt, CreateFunctionStmt, GrantStmt, ObjectType, RangeVar } from 'libpg-query';
import { findOption, stringsOf } from '../syntax-tree.ts';
import type { LockTally } from './lock-tally.ts';
import { relationsIn } from './relations.ts';

/** Named by their table and a name of their own. */
const OF_TABLES = new Set<ObjectType>([
  'OBJECT_COLUMN',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_POLICY',
  'OBJECT_RULE',
]);

export function addComment(tally: LockTally, { objtype = 'OBJECT_TABLE', object }: CommentStmt): void {
  // The catalog of comments stays locked until the transaction ends.
  tally.part(undefined, 'comments', 1);
  const names = object !== undefined && 'List' in object ? stringsOf(object.List.items) : [];
  if (names.length === 0) tally.add(1);
  else tally.relation(toRelation(OF_TABLES.has(objtype) ? names.slice(0, -1) : names));
}

/** GRANT … ON ALL TABLES locks none of them. */
export function addGrant(tally: LockTally, { targtype, objects = [] }: GrantStmt): void {
  if (targtype !== 'ACL_TARGET_OBJECT') return;
  for (const object of objects) {
    if ('RangeVar' in object) tally.relation(object.RangeVar);
    else tally.add(1);
  }
}

/** SQL is read when the function is created, and the tables it uses are locked: one, where it is a text. */
export function addFunction(tally: LockTally, { options, sql_body: body }: CreateFunctionStmt): void {
  for (const relation of relationsIn(body)) tally.relation(relation);
  const language = findOption(options, 'language')?.arg;
  const isSql = language !== undefined && 'String' in language && language.String.sval?.toLowerCase() === 'sql';
  if (isSql && body === undefined) tally.add(1);
}

/** `['app', 'users']`, as DROP and COMMENT write names. */
export function toRelation(names: readonly string[]): RangeVar {
  const [relname, schemaname] = names.toReversed();
  return { ...(relname === undefined ? {} : { relname }), ...(schemaname === undefined ? {} : { schemaname }) };
}
