/**
 * The one error class of this package: content that is not what it claims to be.
 *
 * The code decides the shape of the details. Callers compare `name` and `code`, never the
 * class, so two copies of this package in one process understand each other.
 *
 * @module
 */
import type { Digest } from './digest.ts';

/** What each code tells beside its message. */
export interface ContentErrorDetails {
  /**
   * `receivedBytes` below `expectedBytes`: the source ended early (a transfer may be resumed).
   * Above: reading stopped there, and more may have followed.
   */
  SIZE_MISMATCH: { readonly digest: Digest; readonly expectedBytes: number; readonly receivedBytes: number };
  /** The size was right and the bytes were not: asking again for the rest is of no use. */
  DIGEST_MISMATCH: { readonly expected: Digest; readonly actual: Digest; readonly sizeBytes: number };
  /** `actualBytes` is what was declared or already seen; `what` names the document or content. */
  TOO_LARGE: { readonly what: string; readonly limitBytes: number; readonly actualBytes: number };
  /** `document` is "image manifest", "image config" …; `path` leads to the value, as in `$.layers[3].digest`. */
  MANIFEST_INVALID: {
    readonly document: string;
    readonly path: string;
    readonly expected: string;
    readonly found: string;
  };
}

export type ContentErrorCode = keyof ContentErrorDetails;

/** Every code, in the order of the table in the README. */
export const CONTENT_ERROR_CODES = [
  'SIZE_MISMATCH',
  'DIGEST_MISMATCH',
  'TOO_LARGE',
  'MANIFEST_INVALID',
] as const satisfies readonly ContentErrorCode[];

export class ContentError<C extends ContentErrorCode = ContentErrorCode> extends Error {
  override readonly name = 'ContentError';
  readonly code: C;
  readonly details: ContentErrorDetails[C];

  constructor(code: C, message: string, details: ContentErrorDetails[C], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** Whether `value` is a ContentError, of the given code if one is given, whichever copy of the class made it. */
export function isContentError<C extends ContentErrorCode = ContentErrorCode>(
  value: unknown,
  code?: C,
): value is ContentError<C> {
  if (typeof value !== 'object' || value === null) return false;
  const { name, code: found } = value as { readonly name?: unknown; readonly code?: unknown };
  if (name !== 'ContentError') return false;
  return code === undefined ? CONTENT_ERROR_CODES.some((known) => known === found) : found === code;
}
