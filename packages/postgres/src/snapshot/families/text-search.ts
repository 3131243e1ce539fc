/**
 * Text search: configurations, dictionaries, parsers and templates.
 *
 * @module
 */
import { comment, family, functionName, inUserSchema, notOfExtension } from './family.ts';

/** `asciiword: english_stem, simple`: the dictionaries that a kind of word is looked up in, in order. */
const MAPPINGS = `(SELECT json_agg(entry ORDER BY entry COLLATE "C") FROM (
    SELECT format('%s: %s', (SELECT k.alias FROM ts_token_type(c.cfgparser) k WHERE k.tokid = m.maptokentype),
      string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)) AS entry
    FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid GROUP BY m.maptokentype) mapped)`;

export const TEXT_SEARCH_CONFIGURATIONS = family({
  kind: "'text search configuration'",
  name: "format('%I.%I', n.nspname, c.cfgname)",
  properties: [
    ['parser', "format('%I.%I', pn.nspname, p.prsname)"],
    ['mappings', MAPPINGS],
    ['comment', comment('pg_ts_config', 'c.oid')],
  ],
  from: `FROM pg_catalog.pg_ts_config c
JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_ts_config', 'c.oid')}`,
});

export const TEXT_SEARCH_DICTIONARIES = family({
  kind: "'text search dictionary'",
  name: "format('%I.%I', n.nspname, d.dictname)",
  properties: [
    ['template', "format('%I.%I', tn.nspname, t.tmplname)"],
    ['options', 'd.dictinitoption'],
    ['comment', comment('pg_ts_dict', 'd.oid')],
  ],
  from: `FROM pg_catalog.pg_ts_dict d
JOIN pg_catalog.pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_ts_dict', 'd.oid')}`,
});

export const TEXT_SEARCH_PARSERS = family({
  kind: "'text search parser'",
  name: "format('%I.%I', n.nspname, p.prsname)",
  properties: [
    ['start', functionName('p.prsstart')],
    ['token', functionName('p.prstoken')],
    ['end', functionName('p.prsend')],
    ['headline', functionName('p.prsheadline')],
    ['types', functionName('p.prslextype')],
    ['comment', comment('pg_ts_parser', 'p.oid')],
  ],
  from: `FROM pg_catalog.pg_ts_parser p JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_ts_parser', 'p.oid')}`,
});

export const TEXT_SEARCH_TEMPLATES = family({
  kind: "'text search template'",
  name: "format('%I.%I', n.nspname, t.tmplname)",
  properties: [
    ['init', functionName('t.tmplinit')],
    ['lexize', functionName('t.tmpllexize')],
    ['comment', comment('pg_ts_template', 't.oid')],
  ],
  from: `FROM pg_catalog.pg_ts_template t JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace
WHERE ${inUserSchema('n')} AND ${notOfExtension('pg_ts_template', 't.oid')}`,
});
