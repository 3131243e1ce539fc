/**
 * Options that every command takes, before or after its name.
 *
 * @module
 */
import type { Command } from 'commander';

export interface GlobalFlags {
  readonly config?: string;
  readonly cwd?: string;
  readonly env?: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly color: boolean;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option('-e, --env <environment>', 'the environment to work on [SQUIZZLE_ENV]')
    .option('-c, --config <file>', 'the configuration file [SQUIZZLE_CONFIG]')
    .option('--cwd <folder>', 'work as if started in this folder')
    .option('--json', 'print the result, and an error, as JSON')
    .option('-q, --quiet', 'print the result alone: no progress, hints or warnings')
    .option('--verbose', 'print the causes of an error too')
    .option('--no-color', 'print without colours');
}
