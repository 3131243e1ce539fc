/**
 * Collations and conversions. The version of a collation is the operating system's, not the schema's.
 *
 * @module
 */
import { comment, family, flag, inUserSchema, notOfExtension } from './family.ts';

const FACT = (column: string): string => `to_jsonb(c) ->> '${column}'`;

/** Where an ICU locale stands moved: `collcollate` to 14, `colliculocale` to 16, `colllocale` since. */
export const COLLATIONS = family({
  kind: "'collation'",
  name: "format('%I.%I', n.nspname, c.collname)",
  properties: [
    [
      'provider',
      "CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE c.collprovider::text END",
    ],
    ['locale', `coalesce(${FACT('colllocale')}, ${FACT('colliculocale')}, ${FACT('collcollate')})`],
    ['characterType', "CASE WHEN c.collprovider = 'c' AND c.collctype <> c.collcollate THEN c.collctype END"],
    ['nondeterministic', flag('NOT c.collisdeterministic')],
    ['rules', FACT('collicurules')],
    ['comment', comment('pg_collation', 'c.oid')],
  ],
  from: `FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
WHERE c.collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding())) AND ${inUserSchema('n')}
  AND ${notOfExtension('pg_collation', 'c.oid')}`,
});

export const CONVERSIONS = family({
  kind: "'conversion'",
  name: "format('%I.%I', n.nspname, c.conname)",
  properties: [
    ['from', 'pg_encoding_to_char(c.conforencoding)'],
    ['to', 'pg_encoding_to_char(c.contoencoding)'],
    ['function', 'c.conproc::regproc::text'],
    ['default', flag('c.condefault')],
    ['comment', comment('pg_conversion', 'c.oid')],
  ],
  from: `FROM pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_conversion', 'c.oid')}`,
});
