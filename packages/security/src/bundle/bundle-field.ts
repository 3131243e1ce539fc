/**
 * Readers of a bundle's JSON. Each object has the members that are named here and no others, and each value is what
 * its reader says: nothing is converted. `null` is as absent, as protobuf's JSON has it.
 *
 * @see https://protobuf.dev/programming-guides/json/
 * @module
 */
import { bundleFault } from './bundle-fault.ts';

/** A value with the place where it stands, for messages. */
export interface BundleField {
  readonly path: string;
  readonly value: unknown;
}

export type Members<K extends string> = Readonly<Record<K, BundleField>>;

/** Up to 2^53, and in the one form that it has as text. */
const UNSIGNED = /^(?:0|[1-9]\d{0,15})$/;

export function refuseField({ path }: BundleField, expected: string): never {
  throw bundleFault('BUNDLE_INVALID', `bundle: ${path} must be ${expected}`);
}

export function isPresent({ value }: BundleField): boolean {
  return value !== undefined && value !== null;
}

/** The members by name; those that are not there have the value `undefined`. */
export function readMembers<const K extends string>(field: BundleField, names: readonly K[]): Members<K> {
  const { path, value } = field;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuseField(field, 'an object');
  const unknown = Object.keys(value).find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) {
    refuseField(
      { path: `${path}[${JSON.stringify(unknown.slice(0, 64))}]`, value },
      'left out: bundles have no such member',
    );
  }
  const members = names.map((name) => {
    const item: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return [name, { path: `${path}.${name}`, value: item }] as const;
  });
  return Object.fromEntries(members) as Members<K>;
}

/** The one of several members that is there. */
export function readChoice<K extends string>(members: Members<K>, names: readonly K[], path: string): K {
  const found = names.filter((name) => isPresent(members[name]));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const inWords = found.length === 0 ? 'none' : found.join(' and ');
  throw bundleFault(
    'BUNDLE_INVALID',
    `bundle: ${path} must have exactly one of ${names.join(', ')} and has ${inWords}`,
  );
}

/** Absent: empty. */
export function readItems(field: BundleField, limit: number): readonly BundleField[] {
  const { path, value } = field;
  if (!isPresent(field)) return [];
  if (!Array.isArray(value)) refuseField(field, 'a list');
  if (value.length > limit) {
    throw bundleFault('BUNDLE_TOO_LARGE', `bundle: ${path} has ${value.length} items, more than the ${limit} allowed`);
  }
  return value.map((item: unknown, index) => ({ path: `${path}[${index}]`, value: item }));
}

/** Absent: empty. */
export function readText(field: BundleField, limit: number): string {
  if (!isPresent(field)) return '';
  const { path, value } = field;
  if (typeof value !== 'string') refuseField(field, 'text');
  if (value.length <= limit) return value;
  throw bundleFault('BUNDLE_TOO_LARGE', `bundle: ${path} has more than ${limit} characters`);
}

/** Strictly: the one text that these bytes have in base64 (RFC 4648 section 4), and at least one byte. */
export function readBytes(field: BundleField, limit: number): Buffer {
  const { path, value } = field;
  if (typeof value !== 'string' || value === '') refuseField(field, 'base64');
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length > limit) {
    throw bundleFault('BUNDLE_TOO_LARGE', `bundle: ${path} has ${bytes.length} bytes, more than the ${limit} allowed`);
  }
  if (bytes.toString('base64') !== value) refuseField(field, 'base64, padded and without anything else in it');
  return bytes;
}

/** As text, which is how protobuf writes 64-bit numbers, or as a number. Absent: 0. */
export function readUnsigned(field: BundleField): number {
  const { value } = field;
  if (!isPresent(field)) return 0;
  const number = typeof value === 'string' && UNSIGNED.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && !Object.is(number, -0))
    return number;
  return refuseField(field, 'an unsigned integer up to 2^53');
}
