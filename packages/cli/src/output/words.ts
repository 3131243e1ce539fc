/**
 * Small pieces of English that several results share.
 *
 * @module
 */

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Enough of a digest to recognise it: `sha256:0f3c9ab1d2e4`. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/** `2026-11-21 04:16:05Z` */
export function shortTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}
