/**
 * Casts, operators, and what makes indexes use them: operator families and classes, access methods.
 *
 * @module
 */
import {
  comment,
  family,
  flag,
  functionName,
  inUserSchema,
  madeByUser,
  notInternal,
  notOfExtension,
  routineName,
} from './family.ts';

export const CASTS = family({
  kind: "'cast'",
  name: "format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL))",
  properties: [
    ['function', routineName('c.castfunc')],
    ['method', "CASE c.castmethod WHEN 'i' THEN 'inout' WHEN 'b' THEN 'binary' END"],
    ['context', "CASE c.castcontext WHEN 'a' THEN 'assignment' WHEN 'i' THEN 'implicit' ELSE 'explicit' END"],
    ['comment', comment('pg_cast', 'c.oid')],
  ],
  from: `FROM pg_catalog.pg_cast c WHERE ${madeByUser('c.oid')} AND ${notOfExtension('pg_cast', 'c.oid')}
  AND ${notInternal('pg_cast', 'c.oid')}`,
});

const OPERAND = (oid: string): string => `CASE WHEN ${oid} = 0 THEN 'NONE' ELSE format_type(${oid}, NULL) END`;
const OPERATOR = (oid: string): string => `CASE WHEN ${oid} <> 0 THEN ${oid}::regoperator::text END`;

/** One without a function is only the promise of one: another operator names it as its commutator. */
export const OPERATORS = family({
  kind: "'operator'",
  name: `format('%I.%s(%s,%s)', n.nspname, o.oprname, ${OPERAND('o.oprleft')}, ${OPERAND('o.oprright')})`,
  properties: [
    ['function', routineName('o.oprcode')],
    ['result', 'CASE WHEN o.oprresult <> 0 THEN format_type(o.oprresult, NULL) END'],
    ['commutator', OPERATOR('o.oprcom')],
    ['negator', OPERATOR('o.oprnegate')],
    ['restrict', functionName('o.oprrest')],
    ['join', functionName('o.oprjoin')],
    ['hashes', flag('o.oprcanhash')],
    ['merges', flag('o.oprcanmerge')],
    ['comment', comment('pg_operator', 'o.oid')],
  ],
  from: `FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_operator', 'o.oid')}`,
});

const FAMILY_OPERATORS = `(SELECT json_agg(entry ORDER BY entry COLLATE "C") FROM (
    SELECT format('%s %s', a.amopstrategy, a.amopopr::regoperator) || CASE WHEN a.amoppurpose = 'o' THEN ' for ordering' ELSE '' END AS entry
    FROM pg_catalog.pg_amop a WHERE a.amopfamily = f.oid) operators)`;
const FAMILY_FUNCTIONS = `(SELECT json_agg(entry ORDER BY entry COLLATE "C") FROM (
    SELECT format('%s (%s,%s) %s', a.amprocnum, format_type(a.amproclefttype, NULL), format_type(a.amprocrighttype, NULL),
      a.amproc::regprocedure) AS entry
    FROM pg_catalog.pg_amproc a WHERE a.amprocfamily = f.oid) functions)`;

export const OPERATOR_FAMILIES = family({
  kind: "'operator family'",
  name: "format('%I.%I USING %I', n.nspname, f.opfname, m.amname)",
  properties: [
    ['operators', FAMILY_OPERATORS],
    ['functions', FAMILY_FUNCTIONS],
    ['comment', comment('pg_opfamily', 'f.oid')],
  ],
  from: `FROM pg_catalog.pg_opfamily f
JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_opfamily', 'f.oid')}`,
});

export const OPERATOR_CLASSES = family({
  kind: "'operator class'",
  name: "format('%I.%I USING %I', n.nspname, c.opcname, m.amname)",
  properties: [
    ['type', 'format_type(c.opcintype, NULL)'],
    ['default', flag('c.opcdefault')],
    ['family', "format('%I.%I', fn.nspname, f.opfname)"],
    ['storage', 'CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END'],
    ['comment', comment('pg_opclass', 'c.oid')],
  ],
  from: `FROM pg_catalog.pg_opclass c
JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace
JOIN pg_catalog.pg_am m ON m.oid = c.opcmethod
JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_opclass', 'c.oid')}`,
});

export const ACCESS_METHODS = family({
  kind: "'access method'",
  name: 'quote_ident(m.amname)',
  properties: [
    ['methodKind', "CASE m.amtype WHEN 'i' THEN 'index' ELSE 'table' END"],
    ['handler', functionName('m.amhandler')],
    ['comment', comment('pg_am', 'm.oid')],
  ],
  from: `FROM pg_catalog.pg_am m WHERE ${madeByUser('m.oid')} AND ${notOfExtension('pg_am', 'm.oid')}`,
});
