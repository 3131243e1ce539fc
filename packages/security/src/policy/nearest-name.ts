/**
 * "Did you mean": the known name nearest to a mistyped one.
 *
 * @module
 */

/** `did you mean 'issuer'?`, or all there are when none is near. */
export function adviseName(word: string, known: readonly string[]): string {
  const nearest = findNearest(word, known);
  if (nearest !== undefined) return `did you mean '${nearest}'?`;
  return known.length === 0 ? 'there are none' : `known here: ${known.join(', ')}`;
}

/** The name with the fewest edits, when they are few enough to be a slip: a third of the word, at least two. */
function findNearest(word: string, known: readonly string[]): string | undefined {
  // Names are short; a longer word is no slip, and would cost its square.
  if (word.length > 64) return undefined;
  const ranked = known
    .map((name) => ({ name, edits: countEdits(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** Levenshtein's distance, a row at a time. */
function countEdits(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(from).entries()) {
    const row = [i + 1];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (letter === to[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[to.length] ?? 0;
}
