/**
 * What a run of the program takes from its process. Tests make their own.
 *
 * @module
 */
import type { Variables } from '../config/variables.ts';
import type { WriteText } from '../log/log-sink.ts';

export interface TextOutput {
  write(text: string): void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Environment {
  /** What stands after the program's name. */
  readonly argv: readonly string[];
  readonly env: Variables;
  /** Of this package. */
  readonly version: string;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Whether a person looks at standard output. */
  readonly isTerminal: boolean;
  /** Takes the log: standard output, in writes that never block the process. */
  readonly writeLog: WriteText;
  /** From then on SIGINT and SIGTERM do nothing but call `listener`. */
  onSignal(listener: (signal: StopSignal) => void): void;
  /** From then on what nobody caught does nothing but call `listener`. */
  onUncaught(listener: (thrown: unknown) => void): void;
}
