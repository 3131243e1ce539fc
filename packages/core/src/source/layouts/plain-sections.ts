/**
 * A file of the plain layout that is divided into sections: what must be true first, the SQL, what must be true then.
 *
 * As with other tools' sections (`sections.ts`), a section becomes a text with the lines of its file: what is not part of
 * it is blank. Nothing follows a section in its text, so that an edit of the one below leaves it as it is. Comments
 * above the first marker belong to the SQL of both ways. Bytes are kept: texts here are one character a byte (latin1).
 *
 * @see docs/directives.md
 * @module
 */
import { refuse, type ListedFile } from '../folder-listing.ts';
import type { SourceSection } from '../source-tree.ts';
import { refuseHeaderCheck } from './header-check.ts';
import { lineAt, type Script } from './script-files.ts';
import {
  findLooseMarkers,
  findMarker,
  findMarkers,
  SECTION_NAMES,
  type Marker,
  type SectionName,
} from './section-marker.ts';

/** How much of a file is looked at to tell whether it has sections: comments above the first may be long. */
const HEAD_BYTES = 16_384;
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** `up` for `NAME.sql`, which may have the way back in it, `down` for `NAME.down.sql`. */
export type MainSection = 'up' | 'down';

export interface DividedFile {
  readonly main: Script;
  /** `null`: it has no section for the way back. */
  readonly down: Script | null;
}

type Sections = { readonly [N in SectionName]?: string };

/**
 * @returns `undefined` for a file without sections.
 * @throws {SquizzleError} `SOURCE_INVALID` with file and line.
 */
export async function readDivided(file: ListedFile, main: MainSection): Promise<DividedFile | undefined> {
  if (findMarker(await readHead(file)) === undefined) return undefined;
  const read = async (): Promise<Sections> => divide(latin1(await file.read()), file.origin, main);
  const sections = await read();
  const section = (name: SectionName): SourceSection => ({
    read: async () => Buffer.from((await read())[name] ?? '', 'latin1'),
  });
  const { check, verify } = sections;
  const script: Script = {
    origin: file.origin,
    ...section(main),
    ...(check === undefined ? {} : { check: section('check') }),
    ...(verify === undefined ? {} : { verify: section('verify') }),
  };
  const hasDown = main === 'up' && sections.down !== undefined;
  return { main: script, down: hasDown ? { origin: file.origin, ...section('down') } : null };
}

/** Whole lines: one that is cut off might look like a marker. */
async function readHead(file: ListedFile): Promise<string> {
  const head = latin1(await file.readHead(HEAD_BYTES)).replace(BYTE_ORDER_MARK, '');
  return head.length < HEAD_BYTES ? head : head.slice(0, head.lastIndexOf('\n') + 1);
}

/** The text of each section that the file has. */
export function divide(text: string, origin: string, main: MainSection): Sections {
  if (text.startsWith(BYTE_ORDER_MARK)) throw refuse(origin, 'begins with a byte order mark (BOM); save it without', 1);
  const markers = findMarkers(text);
  refuseLoose(text, origin, markers);
  refuseHeader(text, origin, markers);
  refuseOrder(text, origin, markers, main);
  const header = text.slice(0, markers[0]?.index);
  if (main === 'up' && markers.some(({ name }) => name === 'down'))
    refuseHeaderCheck(header.split('\n'), origin, '-- +up', '-- +down');
  const entries = markers.map((marker, at) => {
    const body = text.slice(marker.end, markers[at + 1]?.index);
    if (body.trim() === '' && marker.name !== main)
      throw refuse(origin, emptyReason(marker), lineAt(text, marker.index));
    const above = isQueries(marker.name) ? '' : header;
    return [marker.name, above + '\n'.repeat(lineAt(text, marker.end) - lineAt(above, above.length)) + body] as const;
  });
  return Object.fromEntries(entries);
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const isQueries = (name: SectionName): boolean => name === 'check' || name === 'verify';

function emptyReason({ name, text }: Marker): string {
  const content = isQueries(name) ? 'a query' : 'what undoes the file, or a comment that there is nothing to undo';
  return `'${text}' begins a section with nothing in it; write ${content}, or take the line out`;
}

function refuseLoose(text: string, origin: string, markers: readonly Marker[]): void {
  const [loose] = findLooseMarkers(text, markers);
  if (loose === undefined) return;
  const names = SECTION_NAMES.map((name) => `'-- +${name}'`).join(', ');
  const advice =
    loose.distance === 0
      ? `'-- +${loose.nearest}' begins its line, with nothing behind it`
      : `sections begin with ${names}; did you mean '-- +${loose.nearest}'?`;
  throw refuse(origin, `'${loose.text}' is no section: ${advice}`, lineAt(text, loose.index));
}

function refuseHeader(text: string, origin: string, [first]: readonly Marker[]): void {
  const above = text.slice(0, first?.index).split('\n');
  const at = above.findIndex((line) => !/^\s*(--|$)/.test(line));
  if (at === -1) return;
  throw refuse(origin, `SQL stands before '${first?.text ?? ''}', in no section; move it below '-- +up'`, at + 1);
}

/** What must be true first stands before the SQL, what must be true then and the way back behind it. */
function refuseOrder(text: string, origin: string, markers: readonly Marker[], main: MainSection): void {
  const at = (name: SectionName): number => markers.findIndex((marker) => marker.name === name);
  for (const [index, marker] of markers.entries()) {
    const fault = faultOf(marker, index, at, main);
    if (fault !== undefined) throw refuse(origin, fault, lineAt(text, marker.index));
  }
  if (at(main) === -1) throw refuse(origin, `has sections, but none '-- +${main}' for what runs`);
}

function faultOf(
  { name, text }: Marker,
  index: number,
  at: (name: SectionName) => number,
  main: MainSection,
): string | undefined {
  if (at(name) !== index) return `holds a second '${text}'; put both into one section, or write two files`;
  if (main === 'down' && name === 'up') return `'${text}' stands in a rollback file, whose SQL is in '-- +down'`;
  if (name === main || at(main) === -1) return undefined;
  if (name === 'check') return index < at(main) ? undefined : `'${text}' stands behind '-- +${main}'; move it before`;
  return index > at(main) ? undefined : `'${text}' stands before '-- +${main}'; move it behind`;
}
