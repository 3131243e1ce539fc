/**
 * The process as an {@link Environment}: the only place that reads it, besides `bin.ts`.
 *
 * @module
 */
import { homedir, hostname, userInfo } from 'node:os';
import { SquizzleError } from '@squizzle/core';
import { SYSTEM_ADAPTERS } from './adapters.ts';
import type { Environment } from './environment.ts';
import { systemCodeOf } from './files/system-fault.ts';
import { createKnownSecrets } from './known-secrets.ts';
import { reportFailure, run } from './run.ts';
import { createStdinReader } from './stdin-reader.ts';
import { listenForSignals } from './stop-signals.ts';
import { createStreamWriter } from './stream-writer.ts';

/** Runs the command that the process was started with, and ends the process. */
export async function main(): Promise<void> {
  const [stdout, stderr] = [createStreamWriter(process.stdout), createStreamWriter(process.stderr)];
  const environment: Environment = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    homeFolder: homedir(),
    actor: `${userName()}@${hostname()}`,
    stdin: createStdinReader(() => process.stdin, stderr),
    stdout,
    stderr,
    now: () => new Date(),
    ...listenForSignals(process),
    adapters: SYSTEM_ADAPTERS,
    secrets: createKnownSecrets(),
  };
  const end = async (exitCode: number): Promise<void> => {
    await stdout.drain();
    const lost = exitCode === 0 ? stdout.fault() : undefined;
    const code = lost === undefined ? exitCode : reportFailure(outputLost(lost), environment);
    await stderr.drain();
    process.exit(code); // whatever a vendor left open must not keep the program alive
  };
  const endWithBug = (thrown: unknown): void => void end(reportFailure(thrown, environment));
  process.on('uncaughtException', endWithBug);
  process.on('unhandledRejection', endWithBug);
  await end(await run(environment));
}

/** A result that nobody got is no success. */
function outputLost(cause: Error): SquizzleError<'STORE_UNUSABLE'> {
  const systemCode = systemCodeOf(cause);
  const message = `the command did its work, but standard output cannot be written (${systemCode ?? cause.message})`;
  return new SquizzleError('STORE_UNUSABLE', message, { path: 'standard output', systemCode }, { cause });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user id without an entry, as in many containers
  }
}
