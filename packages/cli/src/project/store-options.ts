/**
 * Options of the commands that look for releases beyond the project's own store.
 *
 * @module
 */
import { Option, type Command } from 'commander';
import type { FindOptions } from './find-release.ts';
import type { StoreFlags } from './stores.ts';

export interface FindFlags extends FindOptions, StoreFlags {}

/** For commands that read one release: `--from`, `--offline`, `--insecure`. */
export function addFindOptions(command: Command): Command {
  return command
    .option('--from <store>', 'look in this folder or registry repository alone')
    .addOption(offlineOption())
    .addOption(insecureOption());
}

export function offlineOption(): Option {
  return new Option('--offline', 'do not ask the remote store');
}

export function insecureOption(): Option {
  return new Option('--insecure', 'speak plain http, and take any certificate: for tests alone');
}
