/**
 * What a program said on stderr, fit for a message: its first line, short, without control characters and without what
 * looks like a secret.
 *
 * @module
 */
const MAX_CHARACTERS = 200;
const HIDDEN = '***';
/** Twenty and more characters of a token's or a key's alphabet, a digit among them. */
const TOKEN = /(?=[A-Za-z+/_=.-]*\d)[\w+/=.-]{20,}/;

/** Empty when nothing was said. */
export function firstLine(said: string): string {
  const line = said.split(/[\r\n]+/).find((each) => each.trim() !== '') ?? '';
  const words = line.replace(/\p{C}/gu, ' ').trim().split(/\s+/);
  const shown = words.map((word) => (TOKEN.test(word) ? HIDDEN : word)).join(' ');
  return shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS)}…` : shown;
}
