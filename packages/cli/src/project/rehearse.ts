/**
 * Releases applied to a scratch database, to see what schema they lead to.
 *
 * @module
 */
import {
  isSquizzleError,
  schemasOfReleases,
  SquizzleError,
  type ErrorCode,
  type MigrationEvent,
  type SchemaSnapshot,
  type VerifiedArtifact,
  type Version,
} from '@squizzle/core';
import type { Output } from '../output/output.ts';
import { plural } from '../output/words.ts';
import type { Project } from './project.ts';
import type { Scratch } from './scratch.ts';

export interface Rehearsal {
  readonly artifact: VerifiedArtifact;
  /** At which of its chain to look. */
  readonly versions: readonly Version[];
  /** Whose seeds run. */
  readonly environment: string;
}

/** @throws {SquizzleError} as `schemasOfReleases`, saying where it was tried out. */
export function rehearse(
  { artifact, versions, environment }: Rehearsal,
  scratch: Scratch,
  { output, signal }: Pick<Project, 'output' | 'signal'>,
): Promise<ReadonlyMap<Version, SchemaSnapshot>> {
  const options = { environment, signal, onEvent: drawEvents(output) };
  return onScratch(scratch, output, () => schemasOfReleases(artifact, versions, scratch, options));
}

/** What fails on a scratch database says that it was one. */
export async function onScratch<T>(scratch: Scratch, output: Output, work: () => Promise<T>): Promise<T> {
  if (scratch.embedded) output.busy('starting an embedded scratch database');
  try {
    return await work();
  } catch (cause) {
    if (!isSquizzleError(cause) || cause.code === 'CANCELLED') throw cause;
    const advice =
      scratch.embedded && isLacking(cause) ? '\n--scratch <url> names a server that has what the releases need' : '';
    const message = `tried out on ${scratch.description}: ${cause.message}${advice}`;
    throw retell(cause, message);
  }
}

/** The same error in other words. */
export function retell<C extends ErrorCode>(cause: SquizzleError<C>, message: string): SquizzleError<C> {
  return new SquizzleError(cause.code, message, cause.details, { cause });
}

/** feature_not_supported: what CREATE EXTENSION answers where the extension is not there. */
const NOT_SUPPORTED = '0A000';

function isLacking(cause: SquizzleError): boolean {
  if (isSquizzleError(cause, 'STEP_FAILED')) return cause.details.sqlState === NOT_SUPPORTED;
  return cause.code === 'REQUIREMENT_UNMET';
}

export function drawEvents(output: Output): (event: MigrationEvent) => void {
  return (event) => {
    if (event.type !== 'release-started') return;
    output.progress(`scratch database: applying ${event.version} (${plural(event.steps, 'file')})`);
  };
}
