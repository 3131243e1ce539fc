/**
 * Reads the fields of a policy. What is wrong is noted and reading goes on, so that all faults are told at once; a
 * reader of a value that is wrong returns `undefined`, and the fault is noted already.
 *
 * @module
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { adviseName } from './nearest-name.ts';
import type { FilePosition, PolicyFault, PolicyFile } from './policy-file.ts';
import { describeNode, quoteAdvice, scalarReaders } from './scalar-fields.ts';

/** Of one mapping or list: a policy of more is read by nobody. */
const MOST_MEMBERS = 512;

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
  /** A mapping whose keys are names that the policy gives; at most so many. */
  entries(field: Field, most?: number): ReadonlyMap<string, Field>;
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
  const place = (path: string, node: Node | null, at: FilePosition): Field => {
    places.set(path, at);
    return { path, node, at };
  };
  const pairsOf = (field: Field, most = MOST_MEMBERS): ReadonlyMap<string, Field> | undefined => {
    if (!isMap<Node, Node>(field.node))
      return error(field, `expected a mapping of keys to values, found ${describeNode(field.node)}`);
    const { items } = field.node;
    if (items.length > most) return error(field, `expected at most ${most} keys, found ${items.length}`);
    const found = new Map<string, Field>();
    for (const { key, value } of items) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
      const pair = place(join(field.path, name ?? '?'), value, file.positionOf(key));
      if (name === undefined) error(pair, `expected a name as key, found ${describeNode(key)}${quoteAdvice(key)}`);
      else if (name.trim() === '') error(pair, 'expected a name as key, found nothing');
      else if (found.has(name)) error(pair, `'${name}' stands here twice`);
      else found.set(name, pair);
    }
    return found;
  };
  const itemsOf = (field: Field): readonly Field[] | undefined => {
    if (!isSeq<Node>(field.node)) return error(field, `expected a list, found ${describeNode(field.node)}`);
    const { items } = field.node;
    if (items.length > MOST_MEMBERS)
      return error(field, `expected at most ${MOST_MEMBERS} items, found ${items.length}`);
    return items.map((node, index) => place(`${field.path}[${index}]`, node, file.positionOf(node)));
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
      if (pairs === undefined) return undefined;
      for (const [name, unknown] of pairs) {
        if (!known.some((each) => each === name)) error(unknown, `unknown field; ${adviseName(name, known)}`);
      }
      for (const name of required) if (!pairs.has(name)) error(field, `'${name}' is missing; it is required`);
      return Object.fromEntries(known.flatMap((name) => (pairs.has(name) ? [[name, pairs.get(name)]] : []))) as Members<
        (typeof known)[number]
      >;
    },
    entries: (field, most) => pairsOf(field, most) ?? new Map<string, Field>(),
    items: (field) => itemsOf(field) ?? [],
    ...scalarReaders(error),
  };
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
