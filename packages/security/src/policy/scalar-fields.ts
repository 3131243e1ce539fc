/**
 * Reads the values of a policy that are texts, numbers, true or false, and names what else stands in their place.
 *
 * @module
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Field, FieldReader } from './policy-fields.ts';

export function scalarReaders(
  error: (field: Field, message: string) => undefined,
): Pick<FieldReader, 'text' | 'integer' | 'boolean' | 'scalar'> {
  return {
    text: (field) => {
      const value = valueOf(field);
      if (typeof value !== 'string') {
        const quote = value === undefined || value === null ? '' : quoteAdvice(field.node);
        return error(field, `expected a text, found ${describeNode(field.node)}${quote}`);
      }
      if (value.trim() === '') return error(field, 'expected a text that is not empty');
      return value;
    },
    integer: (field, least, most) => {
      const value = valueOf(field);
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
      return error(field, `expected a whole number from ${least} to ${most}, found ${describeNode(field.node)}`);
    },
    boolean: (field) => {
      const value = valueOf(field);
      return typeof value === 'boolean'
        ? value
        : error(field, `expected true or false, found ${describeNode(field.node)}`);
    },
    scalar: (field) => {
      const value = valueOf(field);
      if (typeof value === 'number' && !isExact(value))
        return error(field, `expected a number that is read as it is written, found ${describeNode(field.node)}`);
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
      return error(field, `expected a text, a number, true or false, found ${describeNode(field.node)}`);
    },
  };
}

function valueOf({ node }: Field): unknown {
  return isScalar(node) ? node.value : undefined;
}

/** Larger whole numbers than these are rounded, and others would be the same. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

/** YAML takes words and numbers for values where quotes are missing. */
export function quoteAdvice(node: Node | null): string {
  return isScalar(node) ? '; put it in quotes' : '';
}

const LONGEST_SHOWN = 60;

export function describeNode(node: Node | null): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  const text = toText(node.value);
  return `'${text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text}'`;
}

/** JSON knows neither `.inf` nor `.nan`. */
function toText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}
