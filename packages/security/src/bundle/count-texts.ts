/**
 * How many texts JSON has, roughly, before it is parsed. Objects with many members cost more than anything else of
 * their size, and neither bundles nor what logs keep of them have many.
 *
 * @module
 */

const QUOTE = 0x22;

/** Whether there are at most so many: names and values. A quote inside a text counts as half of one. */
export function hasFewTexts(json: Uint8Array, limit: number): boolean {
  let quotes = 0;
  for (let at = json.indexOf(QUOTE); at !== -1 && quotes <= limit * 2; at = json.indexOf(QUOTE, at + 1)) quotes += 1;
  return quotes <= limit * 2;
}
