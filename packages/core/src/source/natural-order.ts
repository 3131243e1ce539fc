/**
 * The order in which migrations run: by name, numbers inside names by value (`2_b` before `10_a`).
 *
 * Never by locale: the same names sort alike on every machine.
 *
 * @module
 */

/** Folders before one another by name, then files; digits as numbers, all else by code point. */
export function compareNatural(a: string, b: string): number {
  const [as, bs] = [a.split('/'), b.split('/')];
  for (let at = 0; at < Math.min(as.length, bs.length); at++) {
    const order = comparePart(as[at] ?? '', bs[at] ?? '');
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}

function comparePart(a: string, b: string): number {
  const [as, bs] = [tokens(a), tokens(b)];
  for (let at = 0; at < Math.min(as.length, bs.length); at++) {
    const order = compareToken(as[at] ?? '', bs[at] ?? '');
    if (order !== 0) return order;
  }
  // `1` and `01` are the same number: the text decides, so that the order is total.
  return as.length - bs.length || compareText(a, b);
}

const tokens = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? [];

function compareToken(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b);
  const [left, right] = [BigInt(a), BigInt(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
