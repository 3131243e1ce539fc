/**
 * What a program said on stderr, fit for a message: its first line, short, without control characters and without what
 * looks like a secret. Its rule: it takes no longer for a line that was made to take long.
 *
 * @module
 */
const MAX_CHARACTERS = 200;
/** Looked through, so that what is hidden makes room for words that come later. */
const MAX_READ = 1000;
const HIDDEN = '***';
/** Twenty and more characters of a token's or a key's alphabet. Paths are hidden too: they look alike. */
const TOKEN = /[\w+/=.-]{20,}/g;
/** Where the line was cut, what may be the beginning of one. */
const CUT_TOKEN = /[\w+/=.-]{1,19}$/;

/** Empty when nothing was said. */
export function firstLine(said: string): string {
  const line = said.split(/[\r\n]+/).find((each) => each.trim() !== '') ?? '';
  const hidden = line.trim().slice(0, MAX_READ).replace(/\p{C}/gu, ' ').replace(TOKEN, HIDDEN);
  const whole = line.trim().length > MAX_READ ? hidden.replace(CUT_TOKEN, '') : hidden;
  const shown = whole.trim().replace(/\s+/g, ' ');
  return shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS)}…` : shown;
}
