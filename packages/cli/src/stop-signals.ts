/**
 * SIGINT and SIGTERM: the first asks the command to stop and clean up, the second ends the process.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { Environment, StopSignal } from './environment.ts';
import { toExitCode } from './exit-code.ts';

/** The parts of `process` that are used. */
export interface SignalSource {
  on(name: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
}

export function listenForSignals(source: SignalSource): Pick<Environment, 'signal' | 'stoppedBy'> {
  const controller = new AbortController();
  let stopped: StopSignal | null = null;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    source.on(name, () => {
      if (stopped !== null) {
        source.exit(toExitCode(undefined, name));
        return;
      }
      stopped = name;
      controller.abort(new SquizzleError('CANCELLED', `stopped by ${name}`, { during: name }));
    });
  }
  return { signal: controller.signal, stoppedBy: () => stopped };
}
