/**
 * One value of the configuration, which may depend on environment variables: it is read when it is needed.
 *
 * @module
 */
import * as v from 'valibot';
import { maskSecrets } from '../secrets.ts';
import type { ConfigProblem } from './config-problem.ts';

/** A string of the file that names variables, between reading the file and checking it. */
export interface VariableText {
  /** The text with all variables filled in, or `undefined` while some have no value. */
  readonly text: string | undefined;
  /** What is wrong with it, and where. */
  problem(reason: string): ConfigProblem;
  /** Throws `CONFIG_INVALID`; without a reason for the variables that have no value. */
  refuse(reason?: string): never;
}

export interface Setting<T> {
  /** @throws {SquizzleError} `CONFIG_INVALID` naming key and variable. */
  read(): T;
  /** Why the value cannot be used, once its variables are filled in. Variables without a value are no fault. */
  problem(): ConfigProblem | undefined;
}

export const isVariableText = (value: unknown): value is VariableText =>
  // no YAML value holds a function
  typeof value === 'object' && value !== null && 'refuse' in value && typeof value.refuse === 'function';

/** A leaf of the schema: plain values are checked at once, values with variables when they are read. */
export function setting<const S extends v.GenericSchema>(schema: S) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, Setting<v.InferOutput<S>>>(({ dataset, addIssue, NEVER }) => {
      const given = dataset.value;
      if (isVariableText(given)) return toDeferred(schema, given);
      const result = v.safeParse(schema, given);
      if (result.success) return { read: () => result.output, problem: () => undefined };
      addIssue({ message: describeIssue(result.issues[0]) });
      return NEVER;
    }),
  );
}

function toDeferred<S extends v.GenericSchema>(schema: S, given: VariableText): Setting<v.InferOutput<S>> {
  return {
    read: () => {
      if (given.text === undefined) return given.refuse();
      const result = v.safeParse(schema, given.text);
      return result.success ? result.output : given.refuse(expectation(result.issues));
    },
    problem: () => {
      const result = given.text === undefined ? undefined : v.safeParse(schema, given.text);
      return result?.success === false ? given.problem(expectation(result.issues)) : undefined;
    },
  };
}

/** The value is not shown: it may be a secret. */
function expectation([issue]: readonly [v.BaseIssue<unknown>, ...unknown[]]): string {
  return `expected ${issue.message}`;
}

const SHOWN = 80;

/** Every part of the schema has a message that says what is expected. */
export function describeIssue({ type, message, received, input }: v.BaseIssue<unknown>): string {
  if (type === 'raw_transform') return message; // a setting's: already described
  if (isVariableText(input)) return `expected ${message}, written out: variables are not filled in here`;
  const found = maskSecrets(received);
  return `expected ${message}, found ${found.length > SHOWN ? `${found.slice(0, SHOWN)}...` : found}`;
}
