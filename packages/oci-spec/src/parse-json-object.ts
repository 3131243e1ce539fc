/**
 * Untrusted bytes to a JSON object, under limits: I-JSON (RFC 7493), which the image-spec asks for.
 *
 * Strict UTF-8 without a byte order mark, bounded size and nesting, no member named twice.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/considerations.md#json
 * @module
 */
import { checkJsonStructure } from './check-json-structure.ts';
import { ContentError } from './content-error.ts';
import { readObject, refuse, type Field } from './json-field.ts';
import { LIMITS } from './limits.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface ParseJsonOptions {
  readonly maxBytes: number;
  /** Objects and arrays inside one another; 64 unless told. */
  readonly maxDepth?: number;
  /** What the document is, for messages: "image manifest". */
  readonly what: string;
}

/**
 * Parses a document whose top is an object.
 *
 * @throws {ContentError} `TOO_LARGE` before anything is decoded; `MANIFEST_INVALID` for bad UTF-8, bad syntax,
 *   deep nesting, a name used twice, or another value than an object.
 */
export function parseJsonObject(bytes: Uint8Array, options: ParseJsonOptions): JsonObject {
  return readObject(parseJsonField(bytes, options));
}

/** As `parseJsonObject`, but the object as the root field of its document, ready for the readers. */
export function parseJsonField(bytes: Uint8Array, options: ParseJsonOptions): Field {
  const { maxBytes, maxDepth = LIMITS.jsonDepth, what } = options;
  if (bytes.byteLength > maxBytes) {
    throw new ContentError('TOO_LARGE', `${what}: ${bytes.byteLength} bytes, more than the ${maxBytes} allowed`, {
      what,
      limitBytes: maxBytes,
      actualBytes: bytes.byteLength,
    });
  }
  const text = decodeUtf8(bytes, what);
  const root = { document: what, path: '$', value: parseText(text, what, maxDepth) };
  readObject(root);
  return root;
}

function decodeUtf8(bytes: Uint8Array, document: string): string {
  try {
    // ignoreBOM keeps a byte order mark in the text, where it is a syntax error (RFC 8259 section 8.1).
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    return refuse({ document, path: '$', value: undefined }, 'text in UTF-8', { cause });
  }
}

function parseText(text: string, document: string, maxDepth: number): unknown {
  try {
    checkJsonStructure(text, document, maxDepth);
    return JSON.parse(text) as unknown;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return refuse({ document, path: '$', value: text }, 'JSON', { cause });
  }
}
