/**
 * The questions that the memory driver can answer.
 *
 * `SELECT <value>, … [FROM generate_series(1, n)] [WHERE false]`, a value being `true`, `false`, `NULL[::type]`, a
 * number, `'text'`, `1/0` (which fails), `to_regclass('public.x') IS [NOT] NULL` or `set_config(…) = 'value'` (which is
 * true). Every other SELECT is refused: an answer that is made up would prove nothing.
 *
 * @module
 */

export type MemoryAnswer =
  { readonly rows: readonly (readonly MemoryValue[])[] } | { readonly sqlState: string; readonly message: string };

type MemoryValue = string | number | boolean | null;

const QUESTION = /^SELECT\s+(.+?)(?:\s+FROM\s+generate_series\(1,\s*(\d+)\))?(\s+WHERE\s+false)?;?$/is;
const EXISTENCE = /^to_regclass\('([\w.]+)'\)\s+IS\s+(NOT\s+)?NULL$/i;

/** @param exists by qualified name. */
export function answerQuestion(question: string, exists: (name: string) => boolean): MemoryAnswer {
  const text = question.trim();
  if (!/^SELECT\b/i.test(text)) return { sqlState: '42601', message: 'it is no query' };
  const [, list = '', count = '1', none] = QUESTION.exec(text) ?? [];
  const columns = list.split(/,(?![^(]*\))/).map((column) => toValue(column.trim(), exists));
  const failed = columns.find((column) => typeof column === 'object' && column !== null);
  if (failed !== undefined && failed !== null) return failed;
  const row = columns as readonly MemoryValue[];
  return { rows: Array.from({ length: none === undefined ? Number(count) : 0 }, () => row) };
}

function toValue(
  text: string,
  exists: (name: string) => boolean,
): MemoryValue | Extract<MemoryAnswer, { sqlState: string }> {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^NULL(::\w+)?$/i.test(text)) return null;
  if (/^\d+$/.test(text)) return Number(text);
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1);
  if (text === '1/0') return { sqlState: '22012', message: 'division by zero' };
  if (/^set_config\([^)]*\) = '\w*'$/i.test(text)) return true;
  const [, name, not] = EXISTENCE.exec(text) ?? [];
  if (name !== undefined) return exists(name) === (not !== undefined);
  return { sqlState: '0A000', message: `the memory driver cannot answer: ${text}` };
}

/** @returns `null` for one row with one column that is true, else what there was, for people. */
export function describeAnswer(rows: readonly (readonly MemoryValue[])[]): string | null {
  const [row] = rows;
  if (row === undefined) return 'no row';
  if (rows.length > 1) return `${rows.length} rows`;
  const [value] = row;
  if (row.length !== 1 || value === undefined) return `${row.length} columns`;
  if (value === true) return null;
  if (value === null) return 'NULL';
  return value === false ? 'false' : `'${value}'`;
}
