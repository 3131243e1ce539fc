/**
 * Text from outside, made safe for a line of a log and for a terminal.
 *
 * @module
 */

/** Control characters, line and paragraph separators, marks that turn the direction of writing, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Each unsafe character as JSON writes it, `\u001b`: no line breaks, and nothing that steers a terminal. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
