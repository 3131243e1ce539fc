/**
 * Which bytes of a blob a `Range` header asks for.
 *
 * One range is served. Several, another unit, or what cannot be read is ignored, as RFC 9110 lets a server do: the
 * client then gets everything. A reversed range is refused rather than ignored, so that its sender learns of it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 * @module
 */

export type RangeRequest =
  | { readonly type: 'whole' }
  /** From `start`, inclusive, to `end`, exclusive; at least one byte. */
  | { readonly type: 'part'; readonly start: number; readonly end: number }
  | { readonly type: 'unsatisfiable' };

const SINGLE = /^bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*$/i;
const WHOLE: RangeRequest = { type: 'whole' };
const UNSATISFIABLE: RangeRequest = { type: 'unsatisfiable' };

/**
 * Reads the header for content of `sizeBytes`.
 *
 * @param ifRange the header `If-Range`: the range counts only while the content is still the one it names
 */
export function parseRange(
  header: string | undefined,
  ifRange: string | undefined,
  etag: string,
  sizeBytes: number,
): RangeRequest {
  if (header === undefined || (ifRange !== undefined && ifRange !== etag)) return WHOLE;
  const [, first = '', last = ''] = SINGLE.exec(header) ?? [];
  if (first === '' && last === '') return WHOLE;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  return start < end ? { type: 'part', start, end } : UNSATISFIABLE;
}
