/**
 * Which of the two stores a command works on: `--local`, `--registry`, or what the command takes for granted.
 *
 * @module
 */
import { Option, type Command } from 'commander';
import type { ReleaseStore } from '../adapters.ts';
import type { Project } from './project.ts';
import { insecureOption } from './store-options.ts';
import type { StoreFlags } from './stores.ts';

export interface StoreChoice extends StoreFlags {
  readonly local?: true;
  readonly registry?: true;
}

export function addStoreChoice(command: Command, doing: string): Command {
  return command
    .addOption(new Option('--local', `${doing} the project's own store`).conflicts('registry'))
    .addOption(new Option('--registry', `${doing} the remote store`).conflicts('local'))
    .addOption(insecureOption());
}

/** @throws {SquizzleError} `USAGE_INVALID` when the remote one is asked for and there is none. */
export async function chosenStore(
  project: Project,
  { local, registry }: StoreChoice,
  otherwise: 'local' | 'remote-if-any',
): Promise<ReleaseStore> {
  if (registry === true) return project.remote();
  const remote = local === true || otherwise === 'local' ? undefined : await project.findRemote();
  return remote ?? project.store();
}
