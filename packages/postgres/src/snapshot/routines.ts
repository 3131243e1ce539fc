/**
 * Functions, procedures, aggregates, triggers and event triggers.
 *
 * @module
 */
import { comment, definition, grants, inUserSchema, notOfExtension, type FamilyQuery } from './snapshot-family.ts';

const ROUTINE_NAME = "format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))";
const FROM_ROUTINES = 'FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace';
const USER_ROUTINES = `${inUserSchema('n')} AND ${notOfExtension('pg_proc', 'p.oid')}`;
const ENABLED = (column: string): string =>
  `CASE ${column} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END`;

/** Range types bring constructors that are not the user's: those depend on the type internally. */
const NOT_INTERNAL =
  "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')";

export const ROUTINES: FamilyQuery = `
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind, ${ROUTINE_NAME} AS name, ${definition(
  ['definition', 'pg_get_functiondef(p.oid)'],
  ['comment', comment('pg_proc', 'p.oid')],
  ['grants', grants('p.proacl', 'f', 'p.proowner')],
)} AS definition
${FROM_ROUTINES} WHERE p.prokind <> 'a' AND ${USER_ROUTINES} AND ${NOT_INTERNAL}`;

export const AGGREGATES: FamilyQuery = `
SELECT 'aggregate' AS kind, ${ROUTINE_NAME} AS name, ${definition(
  ['arguments', 'pg_get_function_arguments(p.oid)'],
  ['transition', 'g.aggtransfn::regprocedure::text'],
  ['state', 'format_type(g.aggtranstype, NULL)'],
  ['initial', 'g.agginitval'],
  ['final', 'CASE WHEN g.aggfinalfn <> 0 THEN g.aggfinalfn::regprocedure::text END'],
  ['combine', 'CASE WHEN g.aggcombinefn <> 0 THEN g.aggcombinefn::regprocedure::text END'],
  ['sort', 'CASE WHEN g.aggsortop <> 0 THEN g.aggsortop::regoperator::text END'],
  ['aggregateKind', "CASE g.aggkind WHEN 'o' THEN 'ordered-set' WHEN 'h' THEN 'hypothetical-set' END"],
  ['parallel', 'p.proparallel'],
  ['comment', comment('pg_proc', 'p.oid')],
  ['grants', grants('p.proacl', 'f', 'p.proowner')],
)} AS definition
${FROM_ROUTINES} JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = p.oid WHERE p.prokind = 'a' AND ${USER_ROUTINES}`;

/** Those that a partition has from its parent follow from it. */
export const TRIGGERS: FamilyQuery = `
SELECT 'trigger' AS kind, format('%I.%I.%I', n.nspname, c.relname, t.tgname) AS name, ${definition(
  ['definition', 'pg_get_triggerdef(t.oid)'],
  ['enabled', ENABLED('t.tgenabled')],
  ['comment', comment('pg_trigger', 't.oid')],
)} AS definition
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`;

export const EVENT_TRIGGERS: FamilyQuery = `
SELECT 'event trigger' AS kind, quote_ident(e.evtname) AS name, ${definition(
  ['event', 'e.evtevent'],
  ['function', 'e.evtfoid::regprocedure::text'],
  ['tags', '(SELECT json_agg(tag ORDER BY tag COLLATE "C") FROM unnest(e.evttags) tag)'],
  ['enabled', ENABLED('e.evtenabled')],
  ['comment', comment('pg_event_trigger', 'e.oid')],
)} AS definition
FROM pg_catalog.pg_event_trigger e WHERE ${notOfExtension('pg_event_trigger', 'e.oid')}`;
