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

/** Of a server's version: `18.4` and `18beta1` are 18. */
export function majorOf(server: string): string {
  return /^\d+/.exec(server)?.[0] ?? server;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `1.4 MB`, in powers of 1000 as disks and networks count. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1_000 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${UNITS[power] ?? 'B'}`;
}

/** `500MB`, `2 GiB`; the opposite of {@link formatBytes}. `undefined` for what is no size. */
export function parseBytes(text: string): number | undefined {
  const [, amount, prefix = '', binary] = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*([kmgt]?)(i?)b?\s*$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(prefix.toLowerCase());
  return Math.round(Number(amount) * (binary === '' ? 1_000 : 1_024) ** power);
}
