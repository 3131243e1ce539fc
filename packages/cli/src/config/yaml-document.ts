/**
 * A YAML file as data, with the line and column of every key.
 *
 * @module
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';

/** 1-based. */
export interface FilePosition {
  readonly line: number;
  readonly column: number;
}

export type KeyPath = readonly (string | number)[];

export interface YamlFault extends FilePosition {
  readonly message: string;
}

export interface YamlFile {
  readonly data: unknown;
  /** Where the key is written; the nearest key above it where it is not. */
  positionOf(path: KeyPath): FilePosition;
}

/** Enough for a generous use of anchors; a bomb multiplies far beyond. */
const MAX_ALIASES = 100;
const START: FilePosition = { line: 1, column: 1 };

export type YamlResult =
  { readonly ok: true; readonly file: YamlFile } | { readonly ok: false; readonly faults: readonly YamlFault[] };

/** YAML 1.2; duplicate keys, unknown tags and tabs for indentation are faults. */
export function readYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings].map(({ message, pos: [offset] }) =>
    faultAt(positionAt(lines, offset), message),
  );
  if (faults.length > 0) return { ok: false, faults };
  try {
    const data: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { ok: true, file: { data, positionOf: (path) => locate(document, lines, path) } };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    return { ok: false, faults: [faultAt(START, `${cause.message}; write the values out`)] };
  }
}

function faultAt({ line, column }: FilePosition, message: string): YamlFault {
  return { line, column, message };
}

function positionAt(lines: LineCounter, offset: number): FilePosition {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function locate(document: Document.Parsed, lines: LineCounter, path: KeyPath): FilePosition {
  let node: unknown = document.contents;
  let found = START;
  for (const segment of path) {
    const [place, next] = stepInto(isAlias(node) ? node.resolve(document) : node, segment);
    const offset = place?.range?.[0];
    if (offset === undefined) break;
    found = positionAt(lines, offset);
    node = next;
  }
  return found;
}

/** The node that names the segment, and the node behind it. */
function stepInto(node: unknown, segment: string | number): readonly [Node | undefined, unknown] {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
    return isScalar(pair?.key) ? [pair.key, pair.value] : [undefined, undefined];
  }
  const item = isSeq(node) ? node.items[Number(segment)] : undefined;
  return [item as Node | undefined, item];
}
