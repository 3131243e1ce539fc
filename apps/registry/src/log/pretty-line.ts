/**
 * A log event as a line for people: time of day, level, message, then fields as `name=value`.
 *
 * @module
 */
import { escapeControls } from './escape-controls.ts';
import type { LogEvent, LogLevel } from './logger.ts';

const COLORS: Readonly<Record<LogLevel, number>> = { debug: 2, info: 32, warn: 33, error: 31 };
/** What reads as one word, and cannot be taken for a quoted one. */
const WORD = /^[^\s"=]+$/u;

export interface PrettyOptions {
  readonly colored: boolean;
}

/** Ends with a line feed, and has no other. Times are UTC, as in JSON lines. */
export function formatPrettyLine({ time, level, message, fields }: LogEvent, { colored }: PrettyOptions): string {
  const label = level.toUpperCase().padEnd(5);
  const shown = colored ? `\u001b[${COLORS[level]}m${label}\u001b[0m` : label;
  let line = `${time.toISOString().slice(11, 23)} ${shown} ${escapeControls(message)}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    line += ` ${escapeControls(name)}=${escapeControls(WORD.test(text) ? text : JSON.stringify(text))}`;
  }
  return `${line}\n`;
}
