/**
 * Aligned columns of text.
 *
 * @module
 */
import { toPrintable, widthOf } from './printable.ts';

export type Align = 'left' | 'right';

export interface Column<Row> {
  readonly title: string;
  readonly align?: Align;
  readonly cell: (row: Row) => string;
  /** Colours a padded cell. */
  readonly paint?: (text: string, row: Row) => string;
}

const GAP = '  ';

/** A line of titles, then a line for each row, without trailing blanks. No rows: no lines. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paintTitle: (text: string) => string = (text) => text,
): readonly string[] {
  if (rows.length === 0) return [];
  const cells = rows.map((row) => columns.map((column) => toCell(column.cell(row))));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((line) => widthOf(line[at] ?? ''))),
  );
  const last = columns.length - 1;
  const place = (text: string, at: number): string =>
    pad(text, widths[at] ?? 0, columns[at]?.align ?? 'left', at === last);
  const titles = columns.map(({ title }, at) => paintTitle(place(title, at))).join(GAP);
  const lines = cells.map((line, index) =>
    line
      .map((text, at) => {
        const row = rows[index] as Row;
        return columns[at]?.paint?.(place(text, at), row) ?? place(text, at);
      })
      .join(GAP)
      .trimEnd(),
  );
  return [titles.trimEnd(), ...lines];
}

/** One line, whatever the text holds. */
const toCell = (text: string): string => toPrintable(text).replaceAll(/\s*\n\s*/g, ' ');

function pad(text: string, width: number, align: Align, isLast: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  if (align === 'right') return blanks + text;
  return isLast ? text : text + blanks;
}
