/**
 * Languages that routines are written in, and transforms of types for them.
 *
 * @module
 */
import { comment, family, flag, functionName, grants, madeByUser, notOfExtension, routineName } from './family.ts';

export const LANGUAGES = family({
  kind: "'language'",
  name: 'quote_ident(l.lanname)',
  properties: [
    ['trusted', flag('l.lanpltrusted')],
    ['handler', functionName('l.lanplcallfoid')],
    ['inline', functionName('l.laninline')],
    ['validator', functionName('l.lanvalidator')],
    ['comment', comment('pg_language', 'l.oid')],
    ['grants', grants('l.lanacl', 'l.lanowner', 'USAGE')],
  ],
  from: `FROM pg_catalog.pg_language l WHERE ${madeByUser('l.oid')} AND ${notOfExtension('pg_language', 'l.oid')}`,
});

export const TRANSFORMS = family({
  kind: "'transform'",
  name: "format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname)",
  properties: [
    ['fromSql', routineName('t.trffromsql')],
    ['toSql', routineName('t.trftosql')],
  ],
  from: `FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang
WHERE ${notOfExtension('pg_transform', 't.oid')}`,
});
