/**
 * What a program said on stderr, fit for a message: one short line, without what looks like a secret.
 *
 * @module
 */
const MAX_CHARACTERS = 200;
const HIDDEN = '***';
/** Sixteen and more characters of a token's alphabet, a digit among them. */
const TOKEN = /(?=[A-Za-z+_=-]*[0-9])[A-Za-z0-9+_=-]{16,}/;

/** Empty when nothing was said. `secrets` are those known from elsewhere. */
export function shownWords(said: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret !== '');
  const text = known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), said);
  const line = text.split(/[\r\n]+/).find((each) => each.trim() !== '') ?? '';
  const words = line
    .replace(/\p{C}/gu, ' ')
    .trim()
    .split(/\s+/)
    .map((word) => (TOKEN.test(word) ? HIDDEN : word))
    .join(' ');
  return words.length > MAX_CHARACTERS ? `${words.slice(0, MAX_CHARACTERS)}…` : words;
}
