/**
 * What `JSON.parse` does not check: nesting and duplicate names.
 *
 * One pass over the text before it is parsed, so depth never depends on the engine's parser. Two members
 * of one name are refused (RFC 7493) because readers disagree on which counts, and a manifest that says
 * different things to different readers is an attack. Text that is no JSON passes here and fails there.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7493#section-2.3
 * @module
 */
import { extendPath, refuse, type Field } from './json-field.ts';

/** An object or array that is open at this point of the text. */
interface Frame {
  /** The names an object has had so far; an array has none. */
  readonly names: Set<string> | undefined;
  /** Where we are in it: the last name, or the index. */
  step: string | number;
  /** In an object, between `{` or `,` and the name. */
  awaitsName: boolean;
}

/**
 * @throws {ContentError} `MANIFEST_INVALID` at the place that is too deep or named twice.
 * @throws {SyntaxError} when a name with escapes is no JSON string.
 */
export function checkJsonStructure(text: string, document: string, maxDepth: number): void {
  const open: Frame[] = [];
  const field = (): Field => ({ document, path: pathOf(open), value: undefined });
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at];
    if (unit === '"') {
      const end = endOfString(text, at);
      takeName(open.at(-1), text.slice(at, end + 1), field);
      at = end;
    } else if (unit === '{' || unit === '[') {
      if (open.length === maxDepth) refuse(field(), `at most ${maxDepth} levels of nesting`);
      open.push(openFrame(unit));
    } else if (unit === '}' || unit === ']') open.pop();
    else if (unit === ',') nextItem(open.at(-1));
  }
}

function openFrame(bracket: '{' | '['): Frame {
  return bracket === '{'
    ? { names: new Set(), step: '', awaitsName: true }
    : { names: undefined, step: 0, awaitsName: false };
}

function nextItem(frame: Frame | undefined): void {
  if (frame === undefined) return;
  if (typeof frame.step === 'number') frame.step += 1;
  else frame.awaitsName = true;
}

function takeName(frame: Frame | undefined, token: string, field: () => Field): void {
  if (frame?.names === undefined || !frame.awaitsName) return;
  const name = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
  frame.step = name;
  frame.awaitsName = false;
  if (frame.names.has(name)) refuse({ ...field(), value: name }, 'each member name once');
  frame.names.add(name);
}

/** The index of the closing quote, or of the last character when there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length - 1;
}

function pathOf(open: readonly Frame[]): string {
  return open.reduce((path, { step }) => extendPath(path, step), '$');
}
