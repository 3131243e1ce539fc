/**
 * Changes to the text of a credential file: one registry's entry, and nothing else of it.
 *
 * Other members stay, also those that this package does not know; indentation and the newline at the end stay as found.
 *
 * @module
 */
import type { JsonObject } from '@squizzle/oci-spec';
import { credentialsUnusable } from '../credentials-unusable.ts';
import { keysOf } from './auth-document.ts';
import { objectAt, parseAuthJson } from './auth-json.ts';

export interface AuthEdit {
  /** For messages. */
  readonly source: string;
  readonly host: string;
}

export interface NewEntry {
  /** How the host is spelled from now on. */
  readonly key: string;
  readonly value: JsonObject;
}

/** The text with this entry in place of all that named the host. Member names that JavaScript knows are kept as well. */
export function withEntry(text: string, { key, value }: NewEntry, { source, host }: AuthEdit): string {
  const root = parseAuthJson(text, source);
  const others = entriesOfOthers(objectAt(root, 'auths', source), host);
  const auths = Object.fromEntries([...others, [key, value]]);
  return format({ ...root, auths }, text, source);
}

/** The text without any entry of the host; the same text where there was none. */
export function withoutEntry(text: string, { source, host }: AuthEdit): string {
  const root = parseAuthJson(text, source);
  const auths = objectAt(root, 'auths', source);
  if (keysOf(auths, host).length === 0) return text;
  return format({ ...root, auths: Object.fromEntries(entriesOfOthers(auths, host)) }, text, source);
}

function entriesOfOthers(auths: JsonObject, host: string): [string, unknown][] {
  const own = keysOf(auths, host);
  return Object.entries(auths).filter(([key]) => !own.includes(key));
}

function format(root: JsonObject, before: string, source: string): string {
  try {
    return `${JSON.stringify(root, null, indentOf(before))}${before.endsWith('\n') ? '\n' : ''}`;
  } catch {
    // Reading has no limit of nesting, writing has one.
    throw credentialsUnusable(source, 'is nested too deeply to be written: correct it, or move it away');
  }
}

/** As the first member is indented. A new file gets tabs, as Docker writes them; a text in one line stays in one. */
function indentOf(text: string): string {
  if (text.trim() === '') return '\t';
  return /^\s*\{[^\S\n]*\r?\n([ \t]+)/.exec(text)?.[1] ?? (text.trim().includes('\n') ? '\t' : '');
}
