/**
 * The SQL that the memory driver understands: enough to tell apart what was created, what failed and where.
 *
 * `CREATE TABLE|VIEW x …`, `DROP TABLE|VIEW x`, `CREATE [UNIQUE] INDEX [CONCURRENTLY] x ON …`, `DROP INDEX x`,
 * `ALTER TABLE x DETACH PARTITION y CONCURRENTLY`, `SET search_path = x`, `SELECT pg_sleep(seconds)`, `FAIL <SQLSTATE>` (fails with it when it runs), and any statement
 * that begins with a word of {@link IGNORED}, which does nothing. The rest is a syntax error, found, as the server does,
 * before any statement of the text has run.
 *
 * @module
 */

export type MemoryStatement =
  | { readonly kind: 'create'; readonly object: ObjectKind; readonly name: string; readonly text: string }
  | { readonly kind: 'drop'; readonly object: ObjectKind; readonly name: string; readonly text: string }
  | { readonly kind: 'detach'; readonly partition: string; readonly text: string }
  | { readonly kind: 'search-path'; readonly schema: string; readonly text: string }
  | { readonly kind: 'sleep'; readonly ms: number; readonly text: string }
  | { readonly kind: 'fail'; readonly sqlState: string; readonly text: string }
  | { readonly kind: 'nothing'; readonly text: string };

export type ObjectKind = 'table' | 'view' | 'index';

export interface MemorySyntaxError {
  readonly sqlState: '42601';
  /** In code points. */
  readonly offset: number;
  readonly word: string;
}

const IGNORED = new Set(
  'ALTER ANALYZE BEGIN CALL COMMENT COMMIT DELETE DO GRANT INSERT LOCK REFRESH REINDEX RESET REVOKE SELECT SET TRUNCATE UPDATE VACUUM WITH'.split(
    ' ',
  ),
);
/** Comments, quoted text (with doubled quotes) and the semicolon: where a statement can end. */
const TOKEN = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|;/g;
const BLANK = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/;

export function parseMemorySql(sql: string): readonly MemoryStatement[] | MemorySyntaxError {
  const statements: MemoryStatement[] = [];
  for (const { text, start } of split(sql)) {
    const blank = BLANK.exec(text)?.[0].length ?? 0;
    const bare = text.slice(blank).trimEnd();
    if (bare === '') continue;
    const statement = parseStatement(bare);
    if (statement === undefined) {
      const offset = Array.from(sql.slice(0, start + blank)).length;
      return { sqlState: '42601', offset, word: /^\S+/.exec(bare)?.[0] ?? bare };
    }
    statements.push(statement);
  }
  return statements;
}

function split(sql: string): readonly { readonly text: string; readonly start: number }[] {
  const ends = [...sql.matchAll(TOKEN)].filter(([token]) => token === ';').map(({ index }) => index);
  return [...ends, sql.length].map((end, place) => {
    const start = place === 0 ? 0 : (ends[place - 1] ?? 0) + 1;
    return { text: sql.slice(start, end), start };
  });
}

function parseStatement(text: string): MemoryStatement | undefined {
  const create = /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(TABLE|VIEW|INDEX)\s+(?:CONCURRENTLY\s+)?([\w."]+)/i.exec(
    text,
  );
  if (create !== null) return { kind: 'create', object: toKind(create[1]), name: create[2] ?? '', text };
  const drop = /^DROP\s+(TABLE|VIEW|INDEX)\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?([\w."]+)/i.exec(text);
  if (drop !== null) return { kind: 'drop', object: toKind(drop[1]), name: drop[2] ?? '', text };
  const detach = /^ALTER\s+TABLE\s+[\w."]+\s+DETACH\s+PARTITION\s+([\w."]+)\s+CONCURRENTLY$/i.exec(text);
  if (detach !== null) return { kind: 'detach', partition: detach[1] ?? '', text };
  const path = /^SET\s+search_path\s*(?:=|TO)\s*(\w+)/i.exec(text);
  if (path !== null) return { kind: 'search-path', schema: path[1] ?? '', text };
  const sleep = /^SELECT\s+pg_sleep\(([\d.]+)\)/i.exec(text);
  if (sleep !== null) return { kind: 'sleep', ms: Number(sleep[1]) * 1_000, text };
  const fail = /^FAIL\s+(\w{5})$/i.exec(text);
  if (fail !== null) return { kind: 'fail', sqlState: fail[1] ?? '', text };
  const word = /^\w+/.exec(text)?.[0].toUpperCase() ?? '';
  return IGNORED.has(word) ? { kind: 'nothing', text } : undefined;
}

function toKind(word: string | undefined): ObjectKind {
  return (word ?? '').toLowerCase() as ObjectKind;
}
