/**
 * The keys of the schema, for suggestions and for the test of the documentation.
 *
 * @module
 */
import { findNearest } from '../nearest.ts';
import { CONFIG_SCHEMA } from './schema.ts';
import type { KeyPath } from './yaml-document.ts';

/** The parts of a valibot schema that are walked. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** Schemas of a choice; of a picklist its values. */
  readonly options?: readonly (SchemaNode | string | number)[];
  readonly wrapped?: SchemaNode;
  readonly value?: SchemaNode;
}

export interface KeyFault {
  readonly path: KeyPath;
  readonly message: string;
}

/** Every key as a path, names of environments as `<name>`: `environments.<name>.trust.unsigned.allowed`. */
export function listConfigKeys(): readonly string[] {
  return keysBelow(CONFIG_SCHEMA, '');
}

function keysBelow(node: SchemaNode, prefix: string): readonly string[] {
  const fields = fieldsOf(node);
  if (fields !== undefined) {
    return Object.entries(fields).flatMap(([key, child]) =>
      [`${prefix}${key}`].concat(keysBelow(child, `${prefix}${key}.`)),
    );
  }
  const each = valueOf(node);
  return each === undefined ? [] : keysBelow(each, `${prefix}<name>.`);
}

/** Keys of the data that the schema does not have, and lists where it has a mapping, in the order of the file. */
export function findKeyFaults(data: unknown): readonly KeyFault[] {
  return faultsBelow(CONFIG_SCHEMA, data, []);
}

function faultsBelow(node: SchemaNode, data: unknown, path: KeyPath): readonly KeyFault[] {
  const fields = fieldsOf(node);
  const each = valueOf(node);
  if ((fields === undefined && each === undefined) || typeof data !== 'object' || data === null) return [];
  if (Array.isArray(data)) return [{ path, message: 'expected a mapping of keys to values, found a list' }];
  return Object.entries(data).flatMap(([key, value]) => {
    const child = fields === undefined ? each : Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (child !== undefined) return faultsBelow(child, value, [...path, key]);
    return [{ path: [...path, key], message: unknownKey(key, Object.keys(fields ?? {})) }];
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const suggestion = findNearest(key, known);
  return `unknown key; ${suggestion === undefined ? `known here: ${known.join(', ')}` : `did you mean '${suggestion}'?`}`;
}

function unwrap(node: SchemaNode): SchemaNode {
  return node.wrapped === undefined ? node : unwrap(node.wrapped);
}

/** The keys of a mapping; of a choice between mappings (or a mapping and something else), the keys of all. */
function fieldsOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> | undefined {
  const { entries, options, type } = unwrap(node);
  if (entries !== undefined) return entries;
  if ((type !== 'variant' && type !== 'union') || options === undefined) return undefined;
  return Object.assign(
    {},
    ...options.map((option) => (typeof option === 'object' ? option.entries : undefined)),
  ) as Readonly<Record<string, SchemaNode>>;
}

function valueOf(node: SchemaNode): SchemaNode | undefined {
  const inner = unwrap(node);
  return inner.type === 'record' ? inner.value : undefined;
}
