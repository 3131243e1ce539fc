/**
 * What every command is given. A command is a function of it: no state of its own, no I/O of its own.
 *
 * @module
 */
import type { GlobalFlags } from '../global-options.ts';
import type { OpenProject } from '../project/project.ts';
import type { Session } from '../project/session.ts';

export interface CommandContext {
  /** Configuration, stores and database; close it. */
  readonly open: OpenProject;
  /** For commands that need no configuration. */
  readonly begin: (flags: GlobalFlags) => Promise<Session>;
  /** The exit code of a command that ends well and has something to tell by it. */
  readonly exitWith: (code: number) => void;
}

export function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n');
}

export const SELECTOR_HELP = 'version, tag, range, digest or commit';
