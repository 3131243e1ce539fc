/**
 * A log event as a line of JSON.
 *
 * @module
 */
import { escapeControls } from './escape-controls.ts';
import type { LogEvent } from './logger.ts';

const OWN_NAMES: ReadonlySet<string> = new Set(['time', 'level', 'message']);

/** Ends with a line feed, and has no other. A field that is named like a part of the event gets a `_` behind. */
export function formatJsonLine({ time, level, message, fields }: LogEvent): string {
  let line = `{"time":"${time.toISOString()}","level":"${level}","message":${quote(message)}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    line += `,${quote(OWN_NAMES.has(name) ? `${name}_` : name)}:`;
    line += typeof value === 'string' ? quote(value) : JSON.stringify(value);
  }
  return `${line}}\n`;
}

function quote(text: string): string {
  return escapeControls(JSON.stringify(text));
}
