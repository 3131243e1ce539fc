/**
 * One text for one value: JSON in the form of RFC 8785, so that what we write has one digest everywhere.
 *
 * Members sorted by UTF-16 code units, no whitespace, numbers and strings as ECMAScript writes them. What JSON cannot
 * say is a bug of the caller and throws; `JSON.stringify` would drop or change it in silence, and with it the digest.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8785
 * @module
 */
import { extendPath } from './json-field.ts';
import { LIMITS } from './limits.ts';

const SURROGATE = /[\uD800-\uDFFF]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Names and places from the root to what is being written: made into a path only for an error. */
type Trail = (string | number)[];

/**
 * The value as canonical JSON. `-0` is written `0`, as the RFC has it.
 *
 * @throws {TypeError} for `undefined` (also as a member or an item), bigint, function, symbol, NaN, the infinities, a
 *   lone surrogate, an object that is neither plain nor an array, and nesting beyond 64 (so also for a cycle).
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

/** `canonicalJson` in UTF-8. */
export function canonicalJsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

function write(value: unknown, trail: Trail): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeString(value, trail);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== 'object') throw unwritable(trail, describe(value));
  if (trail.length === LIMITS.jsonDepth) throw unwritable(trail, `nesting beyond ${LIMITS.jsonDepth}`);
  return Array.isArray(value) ? writeArray(value, trail) : writeObject(value, trail);
}

/** Most texts have no surrogate at all, which the first test finds out sooner. */
function writeString(text: string, trail: Trail): string {
  if (SURROGATE.test(text) && LONE_SURROGATE.test(text)) throw unwritable(trail, 'a lone surrogate');
  return JSON.stringify(text);
}

function writeArray(items: readonly unknown[], trail: Trail): string {
  let text = '[';
  // by index: holes are items too, and undefined
  for (let at = 0; at < items.length; at++) {
    trail.push(at);
    text += (at === 0 ? '' : ',') + write(items[at], trail);
    trail.pop();
  }
  return `${text}]`;
}

function writeObject(object: object, trail: Trail): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw unwritable(trail, 'an object that is not plain');
  const members = object as Readonly<Record<string, unknown>>;
  let text = '{';
  // without a comparator, sort() compares UTF-16 code units
  for (const name of Object.keys(object).sort()) {
    trail.push(name);
    text += `${text.length === 1 ? '' : ','}${writeString(name, trail)}:${write(members[name], trail)}`;
    trail.pop();
  }
  return `${text}}`;
}

function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}

function unwritable(trail: Trail, found: string): TypeError {
  const path = trail.reduce<string>((at, step) => extendPath(at, step), '$');
  return new TypeError(`canonical JSON cannot say ${found} (at ${path})`);
}
