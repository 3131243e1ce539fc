/**
 * "Did you mean": the known name nearest to a mistyped one.
 *
 * @module
 */

/** The candidate with the fewest single-character edits, the first of equals. */
export function findNearest<const T extends string>(word: string, candidates: readonly [T, ...T[]]): T {
  const known: readonly T[] = candidates;
  return known.reduce(
    (best, candidate) => (editDistance(word, candidate) < editDistance(word, best) ? candidate : best),
    candidates[0],
  );
}

/** Levenshtein distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
