/**
 * The process as an {@link Environment}: the only place that reads it, besides `bin.ts`.
 *
 * @module
 */
import { homedir, hostname, userInfo } from 'node:os';
import { SYSTEM_ADAPTERS } from './adapters.ts';
import type { Environment } from './environment.ts';
import { reportFailure, run } from './run.ts';
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
    stdout,
    stderr,
    now: () => new Date(),
    ...listenForSignals(process),
    adapters: SYSTEM_ADAPTERS,
  };
  const end = async (exitCode: number): Promise<void> => {
    await Promise.all([stdout.drain(), stderr.drain()]);
    process.exit(exitCode); // whatever a vendor left open must not keep the program alive
  };
  const endWithBug = (thrown: unknown): void => void end(reportFailure(thrown, environment));
  process.on('uncaughtException', endWithBug);
  process.on('unhandledRejection', endWithBug);
  await end(await run(environment));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user id without an entry, as in many containers
  }
}
