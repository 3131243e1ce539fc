/**
 * Texts that others wrote, made safe for a terminal: no control sequence of theirs reaches it.
 *
 * @module
 */

/** The colours of `paint.ts`; any other control character; marks that turn the direction of writing. */
const CONTROL = /\p{Cc}\[(?:0|1|2|22|31|32|33|36|39)m|[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Control characters but line feed and tab become `\x1b`-like escapes; our own colours stay. */
export function toPrintable(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(CONTROL, (found) => {
    if (found === '\n' || found === '\t' || (found.length > 1 && found.startsWith('\u001b'))) return found;
    return escapeOf(found) + found.slice(1);
  });
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Columns that a text takes on a terminal, near enough to align a table. */
export function widthOf(text: string): number {
  return Array.from(text).reduce((sum, each) => sum + (/\p{Mn}/u.test(each) ? 0 : WIDE.test(each) ? 2 : 1), 0);
}
