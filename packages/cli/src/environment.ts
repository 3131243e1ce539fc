/**
 * All that the CLI sees of the world outside: `main.ts` takes it from the process, a test writes its own.
 *
 * @module
 */
import type { Adapters } from './adapters.ts';
import type { KnownSecrets } from './known-secrets.ts';

/** Standard output or standard error. Writing never throws: a closed pipe swallows what comes. */
export interface TextWriter {
  write(text: string | Uint8Array): void;
  readonly isTTY: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
}

/** Standard input, which only `login` and passwords of keys read. */
export interface TextReader {
  /** Whether somebody types. */
  readonly isTTY: boolean;
  /** All of it. @throws {SquizzleError} `USAGE_INVALID` beyond the limit. */
  read(limitBytes: number): Promise<string>;
  /** A line that is typed unseen, after a prompt on standard error. @throws {SquizzleError} `CANCELLED` on Ctrl-C. */
  readHidden(prompt: string): Promise<string>;
}

/** A signal that asked the program to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Environment {
  /** The arguments, without the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly homeFolder: string;
  /** Who is at work, for the ledger: `anna@laptop`. */
  readonly actor: string;
  readonly stdin: TextReader;
  readonly stdout: TextWriter;
  readonly stderr: TextWriter;
  readonly now: () => Date;
  /** Aborted by the first {@link StopSignal}. */
  readonly signal: AbortSignal;
  /** Which one it was, once there was one. */
  readonly stoppedBy: () => StopSignal | null;
  readonly adapters: Adapters;
  /** What no output has, whoever wrote it. */
  readonly secrets: KnownSecrets;
}
