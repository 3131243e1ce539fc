/**
 * docs/faults.md is the table, and every row of the table is played.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ERROR_CATALOG } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { FAULTS, type Fault } from './fault-table.ts';

const ROWS = Object.entries<Fault>(FAULTS);

describe('the table of faults', () => {
  it('is what docs/faults.md says', async () => {
    await expect(render()).toMatchFileSnapshot('../../docs/faults.md');
  });

  it('has no row that the test it names does not play', async () => {
    const unplayed: string[] = [];
    for (const [name, { test }] of ROWS) {
      const text = await readFile(join(import.meta.dirname, test), 'utf8');
      if (!new RegExp(`['\`]${name}\\b|FAULTS\\.${name}\\b`).test(text)) unplayed.push(`${name}: ${test}`);
    }
    expect(unplayed).toEqual([]);
  });

  it('names every test of faults', async () => {
    const files = (await readdir(import.meta.dirname)).filter(
      (file) => file.endsWith('.test.ts') && file !== 'faults.test.ts',
    );
    expect([...new Set(ROWS.map(([, { test }]) => test))].toSorted()).toEqual(files.toSorted());
  });

  it('has the exit codes of its error codes', () => {
    const codes = ROWS.flatMap(([, { code, exitCode }]) =>
      code === null || code === 'CANCELLED' ? [] : [{ code, exitCode }],
    );
    expect(codes).toEqual(codes.map(({ code }) => ({ code, exitCode: ERROR_CATALOG[code].exitCode })));
  });
});

const HEAD = `<!-- Made by e2e/faults/faults.test.ts from e2e/faults/fault-table.ts. Do not edit; run: npx vitest run --project e2e faults/faults --update -->

# Faults

What may happen to a run of \`apply\` or \`rollback\`, and what comes of it. Each row is played by the test that it names, in \`e2e/faults\`, which asserts the
code; exit codes of runs that are cut off or killed are those that a shell would see. Where the test's releases leave marks in the catalog, the ledger is compared with them after the
fault and after the next run. Codes are explained in [errors.md](errors.md).

`;

const COLUMNS = ['Fault', 'What SQUIZZLE does', 'Exit', 'Code', 'What the database holds', 'The next run', 'Test'];

function render(): string {
  const rows = ROWS.map(([, { fault, response, exitCode, code, state, next, test }]) => {
    const name = code === null ? '-' : `[\`${code}\`](errors.md#${code.toLowerCase()})`;
    return [fault, response, String(exitCode), name, state, next, `\`${test}\``];
  });
  const widths = COLUMNS.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return HEAD + [COLUMNS, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}
