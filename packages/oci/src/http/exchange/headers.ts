/**
 * Header lines of a response, as they came.
 *
 * @module
 */
import type { HttpHeaders } from '../http.ts';

export function toHeaders(lines: Iterable<readonly [name: string, value: string]>): HttpHeaders {
  const values = new Map<string, string[]>();
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  return {
    get: (name) => values.get(name.toLowerCase())?.[0],
    all: (name) => values.get(name.toLowerCase()) ?? [],
  };
}

/** Name, value, name, value, …: bytes as they stood on the wire. */
export function* pairsOf(raw: readonly (Uint8Array | string)[]): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [latin1(raw[at]), latin1(raw[at + 1])];
}

function latin1(value: Uint8Array | string | undefined): string {
  return typeof value === 'string' ? value : Buffer.from(value ?? []).toString('latin1');
}
