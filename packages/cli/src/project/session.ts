/**
 * What a command has before it knows of any project: where it runs, and how it speaks.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import type { Environment } from '../environment.ts';
import type { GlobalFlags } from '../global-options.ts';
import { createOutput, type Output } from '../output/output.ts';

export interface Session {
  readonly environment: Environment;
  /** Absolute: `--cwd`, or where the program was started. */
  readonly cwd: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** @throws {SquizzleError} `USAGE_INVALID` when `--cwd` is no folder. */
export async function openSession(environment: Environment, flags: GlobalFlags): Promise<Session> {
  const cwd = resolve(environment.cwd, flags.cwd ?? '.');
  if (flags.cwd !== undefined && !(await isFolder(cwd))) {
    throw new SquizzleError('USAGE_INVALID', `--cwd ${flags.cwd}: there is no such folder`, { argument: '--cwd' });
  }
  return { environment, cwd, output: createOutput(environment, flags), signal: environment.signal };
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
