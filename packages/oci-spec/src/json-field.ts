/**
 * Reading values out of a parsed JSON document while knowing where they stand in it.
 *
 * `read…` returns the checked value or throws `MANIFEST_INVALID` with the path, what was expected and
 * what was found. A JSON `null` counts as absent wherever absence is allowed: Go writes nil that way.
 *
 * @module
 */
import { ContentError } from './content-error.ts';
import { parseDigest, type Digest } from './digest.ts';
import { LIMITS } from './limits.ts';
import { isParameterizedMediaType } from './media-type.ts';

/** One value of a document and the way to it; the value of an absent member is `undefined`. */
export interface Field {
  /** "image manifest", "image config" …: the document, for messages. */
  readonly document: string;
  /** `$`, `$.config.size`, `$.layers[3]`, `$.annotations["a.b"]`. */
  readonly path: string;
  readonly value: unknown;
}

type Reader<T> = (field: Field) => T;

/** The members that may be `undefined` become optional and, when undefined, are not there at all. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

const FOUND_LENGTH = 64;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** Throws `MANIFEST_INVALID` about this field. */
export function refuse(field: Field, expected: string, options?: ErrorOptions): never {
  const { document, path } = field;
  const found = describeValue(field.value);
  const message = `${document}: ${path}: expected ${expected}, found ${found}`;
  throw new ContentError('MANIFEST_INVALID', message, { document, path, expected, found }, options);
}

/** Short, one line, ASCII: untrusted text may reach a terminal through it. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return `a ${typeof value}`;
}

function quote(text: string): string {
  const shown = text.length > FOUND_LENGTH ? `${text.slice(0, FOUND_LENGTH)}...` : text;
  return JSON.stringify(shown).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `path` one step deeper. */
export function extendPath(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  return PLAIN_NAME.test(step) ? `${path}.${step}` : `${path}[${quote(step)}]`;
}

/** The named member of an object field. Its value is `undefined` when there is none; inherited ones do not count. */
export function member(field: Field, name: string): Field {
  const object = readObject(field);
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return { document: field.document, path: extendPath(field.path, name), value };
}

/** `undefined` for an absent or null field, else what `read` makes of it. */
export function optional<T>(field: Field, read: Reader<T>): T | undefined {
  return field.value === undefined || field.value === null ? undefined : read(field);
}

/** The object without its undefined members, as `exactOptionalPropertyTypes` wants it. */
export function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Present<T>;
}

export function readObject(field: Field): Readonly<Record<string, unknown>> {
  const { value } = field;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(field, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

/** A list with at most `limit` items, each read by `read`. */
export function readList<T>(field: Field, read: Reader<T>, limit: number = LIMITS.listItems): readonly T[] {
  const value: unknown = field.value;
  if (!Array.isArray(value)) return refuse(field, 'an array');
  if (value.length > limit) return refuse(field, `an array of at most ${limit}`);
  return value.map((item: unknown, at) =>
    read({ document: field.document, path: extendPath(field.path, at), value: item }),
  );
}

/** As `readList`, and null is empty: Go's encoder writes an empty list so. The member itself must be there. */
export function readNullableList<T>(field: Field, read: Reader<T>, limit: number): readonly T[] {
  return field.value === null ? [] : readList(field, read, limit);
}

/** Text of whole Unicode characters: RFC 7493 forbids lone surrogates, which no UTF-8 can carry on. */
export function readString(field: Field): string {
  const { value } = field;
  if (typeof value !== 'string') return refuse(field, 'a string');
  return LONE_SURROGATE.test(value) ? refuse(field, 'a string without lone surrogates') : value;
}

export function readStrings(field: Field): readonly string[] {
  return readList(field, readString);
}

export function readBoolean(field: Field): boolean {
  return typeof field.value === 'boolean' ? field.value : refuse(field, 'true or false');
}

/** A count of bytes that JavaScript holds exactly. */
export function readSize(field: Field): number {
  const { value } = field;
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse(field, 'a non-negative integer below 2^53');
}

export function readDigest(field: Field): Digest {
  return parseDigest(readString(field)) ?? refuse(field, 'a sha256 or sha512 digest in lowercase hex');
}

export function readMediaType(field: Field): string {
  const text = readString(field);
  return isParameterizedMediaType(text) ? text : refuse(field, 'a media type (type/subtype)');
}

/** Optional, and the empty string is absence: the distribution-spec says "empty or missing". */
export function readArtifactType(field: Field): string | undefined {
  return field.value === '' ? undefined : optional(field, readMediaType);
}

export function readTimestamp(field: Field): string {
  const text = readString(field);
  return RFC_3339.test(text) ? text : refuse(field, 'an RFC 3339 date and time');
}

/** Annotations and labels: text to text, bounded in number and in the length of keys. */
export function readStringMap(field: Field): Readonly<Record<string, string>> {
  const names = Object.keys(readObject(field));
  if (names.length > LIMITS.annotations) return refuse(field, `an object of at most ${LIMITS.annotations} members`);
  return Object.fromEntries(names.map((name) => [checkKey(field, name), readString(member(field, name))]));
}

function checkKey(field: Field, key: string): string {
  if (key.length <= LIMITS.annotationKeyLength && !LONE_SURROGATE.test(key)) return key;
  return refuse(member(field, key), `a key of at most ${LIMITS.annotationKeyLength} well-formed characters`);
}
