/**
 * Texts of strangers in our messages: names in certificates, values of predicates.
 *
 * They are cut, and characters that steer a terminal or turn the direction of writing are replaced.
 *
 * @module
 */
const LONGEST = 200;

export function showForeign(text: string): string {
  const shown = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

/** A value of JSON, for messages: texts in quotes. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return `'${showForeign(value)}'`;
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : showForeign(JSON.stringify(value));
}
