/**
 * The JSON of credential files, read without ever quoting it.
 *
 * An empty text is an empty object, as Docker reads it.
 *
 * @module
 */
import type { JsonObject } from '@squizzle/oci-spec';
import { credentialsUnusable } from '../credentials-unusable.ts';

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` for anything but a JSON object. */
export function parseAuthJson(text: string, source: string): JsonObject {
  if (text.trim() === '') return {};
  const root = asObject(parseOrNothing(text));
  if (root === undefined) throw credentialsUnusable(source, 'is no JSON object: correct it, or move it away');
  return root;
}

/** The member as an object; empty where it is absent or `null`. */
export function objectAt(root: JsonObject, name: string, source: string): JsonObject {
  const value = root[name];
  const object = value === undefined || value === null ? {} : asObject(value);
  if (object === undefined)
    throw credentialsUnusable(source, `"${name}" is no object: correct it, or move the file away`);
  return object;
}

export function asObject(value: unknown): JsonObject | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
