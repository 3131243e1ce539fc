/**
 * The contrib extensions that PGlite ships, all offered to CREATE EXTENSION. A test compares the list with the package.
 *
 * @module
 */
import type { PgliteExtension } from './pglite-module.ts';

type Load = () => Promise<Readonly<Record<string, unknown>>>;

/** Written out, so that bundlers find them. The module of each exports it under its own name. */
export const CONTRIB: Readonly<Record<string, Load>> = {
  amcheck: () => import('@electric-sql/pglite/contrib/amcheck'),
  auto_explain: () => import('@electric-sql/pglite/contrib/auto_explain'),
  bloom: () => import('@electric-sql/pglite/contrib/bloom'),
  btree_gin: () => import('@electric-sql/pglite/contrib/btree_gin'),
  btree_gist: () => import('@electric-sql/pglite/contrib/btree_gist'),
  citext: () => import('@electric-sql/pglite/contrib/citext'),
  cube: () => import('@electric-sql/pglite/contrib/cube'),
  dict_int: () => import('@electric-sql/pglite/contrib/dict_int'),
  dict_xsyn: () => import('@electric-sql/pglite/contrib/dict_xsyn'),
  earthdistance: () => import('@electric-sql/pglite/contrib/earthdistance'),
  file_fdw: () => import('@electric-sql/pglite/contrib/file_fdw'),
  fuzzystrmatch: () => import('@electric-sql/pglite/contrib/fuzzystrmatch'),
  hstore: () => import('@electric-sql/pglite/contrib/hstore'),
  intarray: () => import('@electric-sql/pglite/contrib/intarray'),
  isn: () => import('@electric-sql/pglite/contrib/isn'),
  lo: () => import('@electric-sql/pglite/contrib/lo'),
  ltree: () => import('@electric-sql/pglite/contrib/ltree'),
  moddatetime: () => import('@electric-sql/pglite/contrib/moddatetime'),
  pageinspect: () => import('@electric-sql/pglite/contrib/pageinspect'),
  pg_buffercache: () => import('@electric-sql/pglite/contrib/pg_buffercache'),
  pg_freespacemap: () => import('@electric-sql/pglite/contrib/pg_freespacemap'),
  pg_stat_statements: () => import('@electric-sql/pglite/contrib/pg_stat_statements'),
  pg_surgery: () => import('@electric-sql/pglite/contrib/pg_surgery'),
  pg_trgm: () => import('@electric-sql/pglite/contrib/pg_trgm'),
  pg_visibility: () => import('@electric-sql/pglite/contrib/pg_visibility'),
  pg_walinspect: () => import('@electric-sql/pglite/contrib/pg_walinspect'),
  pgcrypto: () => import('@electric-sql/pglite/contrib/pgcrypto'),
  seg: () => import('@electric-sql/pglite/contrib/seg'),
  tablefunc: () => import('@electric-sql/pglite/contrib/tablefunc'),
  tcn: () => import('@electric-sql/pglite/contrib/tcn'),
  tsm_system_rows: () => import('@electric-sql/pglite/contrib/tsm_system_rows'),
  tsm_system_time: () => import('@electric-sql/pglite/contrib/tsm_system_time'),
  unaccent: () => import('@electric-sql/pglite/contrib/unaccent'),
  uuid_ossp: () => import('@electric-sql/pglite/contrib/uuid_ossp'),
};

export async function loadContribExtensions(): Promise<Readonly<Record<string, PgliteExtension>>> {
  const loaded = await Promise.all(
    Object.entries(CONTRIB).map(async ([name, load]) => {
      const module = await load();
      return [name, withoutPreload(module[name] as PgliteExtension)] as const;
    }),
  );
  return Object.fromEntries(loaded);
}

/** PGlite would replace the whole `postgresql.conf` for a library to preload (`pg_stat_statements`). */
function withoutPreload(extension: PgliteExtension): PgliteExtension {
  return {
    name: extension.name,
    setup: async (...given) => {
      const { sharedPreloadLibraries: _, ...rest } = await extension.setup(...given);
      return rest;
    },
  };
}
