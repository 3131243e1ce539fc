/**
 * Ranges of bytes as headers write them. Anything else is `undefined`: each caller knows what that means to it.
 *
 * @module
 */
const RECEIVED = /^(?:bytes=)?0-(\d{1,16})$/;
const CONTENT_RANGE = /^bytes (\d{1,16})-(\d{1,16})\/(?:\*|\d{1,16})$/i;

/**
 * How many bytes an upload has, from `Range: 0-<last byte>`.
 *
 * `0-0` is what registries write for none as well as for one. It counts as none: a byte that is sent again is noticed.
 */
export function parseReceived(range: string | undefined): number | undefined {
  const last = RECEIVED.exec(range?.trim() ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}

/** The first byte of `Content-Range: bytes <first>-<last>/<all>`. */
export function parseFirstByte(contentRange: string | undefined): number | undefined {
  const first = CONTENT_RANGE.exec(contentRange?.trim() ?? '')?.[1];
  return first === undefined ? undefined : Number(first);
}
