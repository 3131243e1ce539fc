#!/usr/bin/env node
/**
 * The `squizzle-registry` program: the process as an {@link Environment}. The only file that reads it.
 *
 * Shipped as one CommonJS file, because the loader of ES modules takes a megabyte that an idle server need not spend.
 *
 * @module
 */
import { fstatSync, writeFile } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import type { Environment } from './commands/environment.ts';
import { EXIT } from './commands/exit-code.ts';
import { run } from './commands/run.ts';
import type { WriteText } from './log/log-sink.ts';

/** Put in by the bundler, from package.json. */
declare const REGISTRY_VERSION: string;

const STDOUT = 1;
/** What a reader that is stuck may hold up the end. */
const DRAIN_MS = 500;

async function main(): Promise<void> {
  keepYoungGenerationSmall();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => undefined); // a reader that left is no reason to end
  }
  const environment: Environment = {
    argv: process.argv.slice(2),
    env: process.env,
    version: REGISTRY_VERSION,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stdout.isTTY,
    writeLog: logWriter(),
    onSignal: (listener) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => listener(name));
    },
    onUncaught: (listener) => {
      process.on('uncaughtException', listener);
      process.on('unhandledRejection', listener);
    },
  };
  let code: number;
  try {
    code = await run(environment);
  } catch (thrown) {
    process.stderr.write(
      `squizzle-registry: this is a bug: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`,
    );
    code = EXIT.bug;
  }
  await drainOutput();
  process.exit(code); // whatever is still open must not keep the program alive
}

/**
 * Lets V8 collect young objects in the megabyte it begins with, in place of growing that to 16 and more. Measured under
 * load: a quarter less resident memory, 40 % less while blobs are pushed, for up to 15 % more time of the processor.
 * Whoever started Node with sizes of their own keeps them.
 */
function keepYoungGenerationSmall(): void {
  const chosen = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((flag) => /semi[-_]space/.test(flag));
  if (!chosen) setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * A file is written by the thread pool, as the disk may be busy. Everything else is written through the stream, which
 * never blocks on a pipe: a thread that blocked there would keep the process from ending.
 */
function logWriter(): WriteText {
  if (fstatSync(STDOUT).isFile()) return (text, done) => writeFile(STDOUT, text, done);
  return (text, done) => void process.stdout.write(text, done);
}

function drainOutput(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, DRAIN_MS);
    process.stdout.write('', () => process.stderr.write('', () => resolve()));
  });
}

void main();
