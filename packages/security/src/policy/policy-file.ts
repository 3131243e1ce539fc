/**
 * The text of a trust policy as YAML nodes that know where they stand.
 *
 * A policy is read by people, line by line, so what would let it say something elsewhere than where it stands is
 * refused: aliases, tags, directives. Size and nesting are bounded before anything is built of it.
 *
 * @see https://yaml.org/spec/1.2.2/
 * @module
 */
import { isAlias, isNode, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';

/** 1-based. */
export interface FilePosition {
  readonly line: number;
  readonly column: number;
}

export interface PolicyFault extends FilePosition {
  /** An error makes the policy unusable; a warning is advice. */
  readonly severity: 'error' | 'warning';
  /** `principals.ci.keyless.san`, or `null` when the file as a whole is meant. */
  readonly key: string | null;
  readonly message: string;
}

export interface PolicyFile {
  readonly root: Node | null;
  positionOf(node: Node | null | undefined): FilePosition;
}

const MAX_BYTES = 256 * 1024;
/** A policy has seven levels; the parser calls itself once a level. */
const MAX_FLOW_DEPTH = 64;
export const FILE_START: FilePosition = { line: 1, column: 1 };

export type PolicyFileResult =
  { readonly ok: true; readonly file: PolicyFile } | { readonly ok: false; readonly faults: readonly PolicyFault[] };

export function readPolicyFile(text: string): PolicyFileResult {
  const unfit = findUnfit(text);
  if (unfit !== undefined) return { ok: false, faults: [faultAt(FILE_START, unfit)] };
  const lines = new LineCounter();
  const positionAt = (offset: number): FilePosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Who reads the fields looks for keys that stand twice: the parser compares each with all others.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const faults = [...document.errors, ...document.warnings].map(({ message, pos: [offset] }) =>
    faultAt(positionAt(offset), message),
  );
  const positionOf = (node: Node | null | undefined): FilePosition => {
    const offset = node?.range?.[0];
    return offset === undefined ? FILE_START : positionAt(offset);
  };
  faults.push(...findIndirections(document).map(({ node, message }) => faultAt(positionOf(node), message)));
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, file: { root: isNode(document.contents) ? document.contents : null, positionOf } };
}

function faultAt(position: FilePosition, message: string): PolicyFault {
  return { severity: 'error', key: null, message, ...position };
}

/** What would cost much before the parser could refuse it. */
function findUnfit(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) return `the policy has ${bytes} bytes, more than the ${MAX_BYTES} allowed`;
  if (/^\uFEFF?%/m.test(text)) return 'directives of YAML are refused: no line begins with %';
  return deepestFlow(text) > MAX_FLOW_DEPTH || deepestBlock(text) > MAX_FLOW_DEPTH
    ? `the policy is nested more than ${MAX_FLOW_DEPTH} levels deep`
    : undefined;
}

/** Brackets that are open at once; those in texts count too, where nobody needs so many. */
function deepestFlow(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const { 0: bracket } of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === '[' || bracket === '{' ? 1 : -1));
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** Of blocks: `- - - a` on one line is a level each, and so is each further indentation. */
function deepestBlock(text: string): number {
  let deepest = 0;
  let indents: number[] = [];
  for (const line of text.split('\n')) {
    const [, blanks = '', marks = ''] = /^( *)((?:[-?:] +)*)/.exec(line) ?? [];
    indents = indents.filter((indent) => indent < blanks.length);
    indents.push(blanks.length);
    deepest = Math.max(deepest, indents.length + (marks.match(/[-?:]/g)?.length ?? 0));
  }
  return deepest;
}

function findIndirections(document: Document.Parsed): readonly { readonly node: Node; readonly message: string }[] {
  const found: { readonly node: Node; readonly message: string }[] = [];
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) found.push({ node, message: 'aliases are refused; write it out' });
      // set where the text has one
      else if (node.tag !== undefined) found.push({ node, message: `tags are refused, as ${node.tag}` });
    },
  });
  return found;
}
