/**
 * Functions, procedures, aggregates, triggers and event triggers.
 *
 * @module
 */
import {
  comment,
  enabled,
  family,
  grants,
  inUserSchema,
  notInternal,
  notOfExtension,
  rareComment,
  routineName,
} from './family.ts';

const ROUTINE_NAME = "format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))";
const FROM_ROUTINES = 'FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace';
const USER_ROUTINES = `${inUserSchema('n')} AND ${notOfExtension('pg_proc', 'p.oid')}`;

export const ROUTINES = family({
  kind: "CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END",
  name: ROUTINE_NAME,
  properties: [
    ['definition', 'pg_get_functiondef(p.oid)'],
    ['comment', rareComment('pg_proc', 'p.oid')],
    ['grants', grants('p.proacl', 'p.proowner', 'EXECUTE')],
  ],
  from: `${FROM_ROUTINES} WHERE p.prokind <> 'a' AND ${USER_ROUTINES} AND ${notInternal('pg_proc', 'p.oid')}`,
  locking: { catalog: 'pg_proc', oid: 'p.oid' },
});

export const AGGREGATES = family({
  kind: "'aggregate'",
  name: ROUTINE_NAME,
  properties: [
    ['arguments', 'pg_get_function_arguments(p.oid)'],
    ['transition', 'g.aggtransfn::regprocedure::text'],
    ['state', 'format_type(g.aggtranstype, NULL)'],
    ['initial', 'g.agginitval'],
    ['final', routineName('g.aggfinalfn')],
    ['combine', routineName('g.aggcombinefn')],
    ['sort', 'CASE WHEN g.aggsortop <> 0 THEN g.aggsortop::regoperator::text END'],
    ['aggregateKind', "CASE g.aggkind WHEN 'o' THEN 'ordered-set' WHEN 'h' THEN 'hypothetical-set' END"],
    ['parallel', 'p.proparallel'],
    ['comment', rareComment('pg_proc', 'p.oid')],
    ['grants', grants('p.proacl', 'p.proowner', 'EXECUTE')],
  ],
  from: `${FROM_ROUTINES} JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = p.oid WHERE p.prokind = 'a' AND ${USER_ROUTINES}`,
});

/**
 * Those that a partition has from its parent follow from it, unless they are enabled or disabled on their own. Servers
 * before 15 call them internal. Those that keep a constraint are told with it.
 */
export const TRIGGERS = family({
  kind: "'trigger'",
  name: "format('%I.%I.%I', n.nspname, c.relname, t.tgname)",
  properties: [
    ['definition', 'pg_get_triggerdef(t.oid)'],
    ['enabled', enabled('t.tgenabled')],
    ['comment', comment('pg_trigger', 't.oid')],
  ],
  from: `FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_trigger p ON p.oid = t.tgparentid
LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
WHERE CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal ELSE coalesce(k.contype, 't') = 't' AND t.tgenabled <> p.tgenabled END
  AND ${inUserSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,
});

export const EVENT_TRIGGERS = family({
  kind: "'event trigger'",
  name: 'quote_ident(e.evtname)',
  properties: [
    ['event', 'e.evtevent'],
    ['function', 'e.evtfoid::regprocedure::text'],
    ['tags', '(SELECT json_agg(tag ORDER BY tag COLLATE "C") FROM unnest(e.evttags) tag)'],
    ['enabled', enabled('e.evtenabled')],
    ['comment', comment('pg_event_trigger', 'e.oid')],
  ],
  from: `FROM pg_catalog.pg_event_trigger e WHERE ${notOfExtension('pg_event_trigger', 'e.oid')}`,
});
