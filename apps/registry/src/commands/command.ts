/**
 * A command of the program, as data: what help and the dispatcher need to know of it.
 *
 * @module
 */
import type { Flags } from '../config/flags.ts';
import type { ConfigResult } from '../config/load-config.ts';
import type { Environment } from './environment.ts';

export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Shown by `--help` after the usage line. */
  readonly details: string;
  readonly takesJson: boolean;
  /** @returns the exit code. */
  run(result: ConfigResult, flags: Flags, environment: Environment): Promise<number>;
}
