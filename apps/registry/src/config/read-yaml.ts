/**
 * A YAML file as data, with the lines of its values.
 *
 * Loaded only when there is such a file: the parser takes memory that a server without one need not spend.
 *
 * @module
 */
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { FileContent } from './file-content.ts';

/** Anchors may be used; a document that multiplies beyond this is a bomb. */
const MAX_ALIASES = 100;

/** YAML 1.2; a key that is written twice, an unknown tag and a second document are faults. */
export function readYaml(text: string): FileContent {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return { faults: faults.map(({ message, pos: [offset] }) => ({ line: lineAt(offset), message })) };
  }
  try {
    return {
      data: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown,
      lineOf: (keys) => {
        const node = document.getIn(keys, true);
        return isNode(node) && node.range ? lineAt(node.range[0]) : undefined;
      },
    };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    return { faults: [{ message: cause.message }] };
  }
}
