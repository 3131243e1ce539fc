/**
 * Files that hold the way forth and the way back in sections, told apart by marker lines (dbmate, goose).
 *
 * A section becomes a text in which all that is not part of it is blank: line 7 of the text is line 7 of the file.
 * Comments above the first section belong to both. Bytes are kept: texts here are one character a byte (latin1).
 *
 * @module
 */
import { refuse, type ListedFile } from '../folder-listing.ts';
import { refuseHeaderCheck } from './header-check.ts';
import type { Script } from './script-files.ts';

/** What a line is when it is not part of a section's text. */
export type Marker =
  | { readonly kind: 'up' | 'down'; readonly transaction: boolean }
  /** The whole file runs outside a transaction. */
  | { readonly kind: 'no-transaction' }
  /** A line that ends a statement, `;` or not. */
  | { readonly kind: 'statement-end' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface SectionSyntax {
  /** As it is written by default, for messages: `-- migrate:up`. */
  readonly upMark: string;
  readonly downMark: string;
  /** `undefined` for lines of SQL. The line has no line ending. */
  readonly readMarker: (line: string) => Marker | undefined;
}

/** How much of a file is looked at to tell whether it has sections: comments above the first may be long. */
const HEAD_BYTES = 16_384;
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
const DIRECTIVE = '-- squizzle: transaction=off';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

interface Sections {
  readonly up: string;
  /** `null`: there is no way back. */
  readonly down: string | null;
}

/** Whether a marker of this syntax stands at the file's beginning. */
export async function hasMarker(file: ListedFile, syntax: SectionSyntax): Promise<boolean> {
  const head = latin1(await file.readHead(HEAD_BYTES)).replace(BYTE_ORDER_MARK, '');
  return readLines(head, syntax).some(({ marker }) => marker !== undefined);
}

/**
 * @returns the sections as scripts; `down` is `null` where the way back is missing or blank.
 * @throws {SquizzleError} `SOURCE_INVALID` with file and line.
 */
export async function readSections(
  file: ListedFile,
  syntax: SectionSyntax,
): Promise<{ readonly up: Script; readonly down: Script | null }> {
  const read = async (): Promise<Sections> => splitSections(latin1(await file.read()), file.origin, syntax);
  const script = (part: 'up' | 'down'): Script => ({
    origin: file.origin,
    read: async () => Buffer.from((await read())[part] ?? '', 'latin1'),
  });
  const { down } = await read();
  return { up: script('up'), down: down === null ? null : script('down') };
}

/** One line with its ending, and what it is. */
interface Line {
  readonly text: string;
  readonly ending: string;
  readonly marker: Marker | undefined;
}

export function splitSections(text: string, origin: string, syntax: SectionSyntax): Sections {
  if (text.startsWith(BYTE_ORDER_MARK)) throw refuse(origin, 'begins with a byte order mark (BOM); save it without', 1);
  const lines = readLines(text, syntax);
  const { up, down } = findSections(lines, origin, syntax);
  const transaction = lines.every(({ marker }) => marker?.kind !== 'no-transaction');
  const write = (line: Line): string => writeLine(line, transaction);
  const forth = lines.slice(0, down ?? lines.length);
  if (down === null || isBlank(lines.slice(down))) return { up: forth.map(write).join(''), down: null };
  const header = lines.slice(0, up);
  refuseHeaderCheck(
    header.map((line) => line.text),
    origin,
    syntax.upMark,
    syntax.downMark,
  );
  const back = [...header.map(write), ...lines.slice(up, down).map(({ ending }) => ending)];
  return { up: forth.map(write).join(''), down: [...back, ...lines.slice(down).map(write)].join('') };
}

function readLines(text: string, { readMarker }: SectionSyntax): readonly Line[] {
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((whole) => {
    const line = whole.replace(/\r?\n$/, '');
    return { text: line, ending: whole.slice(line.length), marker: readMarker(line.trimEnd()) };
  });
}

interface SectionStarts {
  readonly up: number;
  readonly down: number | null;
}

function findSections(lines: readonly Line[], origin: string, syntax: SectionSyntax): SectionStarts {
  let [up, down]: (number | null)[] = [null, null];
  for (const [at, { text, marker }] of lines.entries()) {
    const fault = faultOf(text, marker, { up: up ?? null, down: down ?? null }, syntax);
    if (fault !== undefined) throw refuse(origin, fault, at + 1);
    if (marker?.kind === 'up') up = at;
    if (marker?.kind === 'down') down = at;
  }
  if (typeof up !== 'number') throw refuse(origin, `has no line '${syntax.upMark}'`);
  return { up, down: down ?? null };
}

function faultOf(
  text: string,
  marker: Marker | undefined,
  seen: { readonly up: number | null; readonly down: number | null },
  { upMark, downMark }: SectionSyntax,
): string | undefined {
  switch (marker?.kind) {
    case 'refused':
      return marker.reason;
    case 'up':
      return seen.up === null && seen.down === null ? undefined : `holds a second section: '${upMark}' begins a file`;
    case 'down':
      if (seen.up === null) return `'${downMark}' stands before '${upMark}'`;
      return seen.down === null ? undefined : `holds a second '${downMark}'; write one file for each migration`;
    case 'no-transaction':
      return undefined;
    case 'statement-end':
      return seen.up === null ? `ends a statement before '${upMark}'` : undefined;
    case undefined:
      return seen.up === null && !/^\s*(--|$)/.test(text) ? `SQL stands before '${upMark}'; move it below` : undefined;
  }
}

function writeLine({ text, ending, marker }: Line, transaction: boolean): string {
  switch (marker?.kind) {
    case 'up':
    case 'down':
      return transaction && marker.transaction ? ending : DIRECTIVE + ending;
    case 'statement-end':
      // Two statements with no `;` between them may read as one: CREATE SCHEMA takes a CREATE TABLE that follows.
      return `; ${text}${ending}`;
    case undefined:
      return text + ending;
    case 'no-transaction':
    case 'refused':
      return ending;
  }
}

function isBlank(lines: readonly Line[]): boolean {
  return lines.every(({ text, marker }) => marker !== undefined || text.trim() === '');
}
