/**
 * Reads the fields of a policy. What is wrong is noted and reading goes on, so that all faults are told at once; a
 * reader of a value that is wrong returns `undefined`, and the fault is noted already.
 *
 * @module
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { adviseName } from './nearest-name.ts';
import type { FilePosition, PolicyFault, PolicyFile } from './policy-file.ts';

/** A value with the place of its name. */
export interface Field {
  /** `rules[0].require.signature`; empty for the file. */
  readonly path: string;
  readonly node: Node | null;
  readonly at: FilePosition;
}

export type Members<K extends string> = Readonly<Partial<Record<K, Field>>>;

export interface FieldReader {
  readonly faults: readonly PolicyFault[];
  /** Where each field stands that was read, by its path. */
  readonly places: ReadonlyMap<string, FilePosition>;
  error(field: Field, message: string): void;
  warn(field: Pick<Field, 'path' | 'at'>, message: string): void;
  /** Fields of a mapping that may have these and no others. */
  members<const K extends string>(field: Field, known: readonly K[], required?: readonly K[]): Members<K> | undefined;
  /** A mapping whose keys are names that the policy gives. */
  entries(field: Field): ReadonlyMap<string, Field>;
  items(field: Field): readonly Field[];
  text(field: Field): string | undefined;
  integer(field: Field, least: number, most: number): number | undefined;
  boolean(field: Field): boolean | undefined;
  /** A text, a number or a boolean: what a value of a statement is compared with. */
  scalar(field: Field): string | number | boolean | undefined;
}

export function createFieldReader(file: PolicyFile): FieldReader {
  const faults: PolicyFault[] = [];
  const places = new Map<string, FilePosition>();
  const error = (field: Field, message: string): undefined => {
    faults.push({ severity: 'error', key: field.path === '' ? null : field.path, message, ...field.at });
  };
  const pairsOf = (field: Field): ReadonlyMap<string, Field> => {
    const found = new Map<string, Field>();
    if (!isMap<Node, Node>(field.node)) {
      error(field, `expected a mapping of keys to values, found ${describe(field.node)}`);
      return found;
    }
    for (const { key, value } of field.node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      const place = { path: join(field.path, name ?? '?'), node: value, at: file.positionOf(key) };
      places.set(place.path, place.at);
      if (name === undefined || name.trim() === '') error(place, 'expected a name as key');
      else found.set(name, place);
    }
    return found;
  };
  return {
    faults,
    places,
    error,
    warn: ({ path, at }, message) => {
      faults.push({ severity: 'warning', key: path === '' ? null : path, message, ...at });
    },
    members: (field, known, required = []) => {
      const pairs = pairsOf(field);
      if (!isMap(field.node)) return undefined;
      for (const [name, unknown] of pairs) {
        if (!known.some((each) => each === name)) error(unknown, `unknown field; ${adviseName(name, known)}`);
      }
      for (const name of required) if (!pairs.has(name)) error(field, `'${name}' is missing; it is required`);
      return Object.fromEntries(known.flatMap((name) => (pairs.has(name) ? [[name, pairs.get(name)]] : []))) as Members<
        (typeof known)[number]
      >;
    },
    entries: pairsOf,
    items: (field) => {
      if (isSeq<Node>(field.node)) {
        return field.node.items.map((node, index) => {
          const item = { path: `${field.path}[${index}]`, node, at: file.positionOf(node) };
          places.set(item.path, item.at);
          return item;
        });
      }
      error(field, `expected a list, found ${describe(field.node)}`);
      return [];
    },
    ...scalarReaders(error),
  };
}

function scalarReaders(
  error: (field: Field, message: string) => undefined,
): Pick<FieldReader, 'text' | 'integer' | 'boolean' | 'scalar'> {
  return {
    text: (field) => {
      const value = valueOf(field);
      if (typeof value !== 'string') {
        const quote = typeof value === 'number' || typeof value === 'boolean' ? '; put it in quotes' : '';
        return error(field, `expected a text, found ${describe(field.node)}${quote}`);
      }
      if (value.trim() === '') return error(field, 'expected a text that is not empty');
      return value;
    },
    integer: (field, least, most) => {
      const value = valueOf(field);
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
      return error(field, `expected a whole number from ${least} to ${most}, found ${describe(field.node)}`);
    },
    boolean: (field) => {
      const value = valueOf(field);
      return typeof value === 'boolean' ? value : error(field, `expected true or false, found ${describe(field.node)}`);
    },
    scalar: (field) => {
      const value = valueOf(field);
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
      return error(field, `expected a text, a number, true or false, found ${describe(field.node)}`);
    },
  };
}

function valueOf({ node }: Field): unknown {
  return isScalar(node) ? node.value : undefined;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

const LONGEST_SHOWN = 60;

function describe(node: Node | null): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  const text = typeof node.value === 'string' ? node.value : JSON.stringify(node.value);
  return `'${text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text}'`;
}
