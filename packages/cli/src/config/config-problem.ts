/**
 * What is wrong with a configuration file, where, and the error that says so.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { FilePosition, KeyPath } from './yaml-document.ts';

export interface ConfigProblem extends FilePosition {
  /** `environments.production.database`, or `null` when the file as a whole is meant. */
  readonly key: string | null;
  readonly message: string;
}

export function formatKey(path: KeyPath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

/** `squizzle.yaml:4:3: environments.production.databse: unknown key`. */
export function formatProblem(file: string, { line, column, key, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${key === null ? '' : `${key}: `}${message}`;
}

/** @param problems at least one. */
export function configInvalid(file: string, problems: readonly ConfigProblem[]): SquizzleError<'CONFIG_INVALID'> {
  const lines = problems.map((problem) => formatProblem(file, problem));
  const message = lines.length === 1 ? lines.join('') : `${lines.length} problems:\n${lines.join('\n')}`;
  return new SquizzleError('CONFIG_INVALID', message, { file, key: problems[0]?.key ?? null });
}
