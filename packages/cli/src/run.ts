/**
 * One run of the program: arguments to exit code, without touching the process. Tests call it as it is.
 *
 * @module
 */
import { EXIT, SquizzleError } from '@squizzle/core';
import { CommanderError, type Command } from 'commander';
import type { CommandContext } from './commands/command-context.ts';
import type { Environment } from './environment.ts';
import { errorLines, toErrorJson } from './error-report.ts';
import { toExitCode } from './exit-code.ts';
import { withoutSecrets } from './known-secrets.ts';
import { createPaint } from './output/paint.ts';
import { toPrintable } from './output/printable.ts';
import { createProgram } from './program.ts';
import { openProject } from './project/project.ts';
import { openSession } from './project/session.ts';
import { MASK, toMaskedJson } from './secrets.ts';

/** @returns the exit code. Never throws. */
export async function run(outer: Environment): Promise<number> {
  const environment = guarded(outer);
  let exitCode: number = EXIT.ok;
  const context: CommandContext = {
    open: (flags) => openProject(environment, flags),
    begin: (flags) => openSession(environment, flags),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  const { stdout, argv } = environment;
  const program = createProgram(context, { writeOut: (text) => stdout.write(text), columns: stdout.columns });
  try {
    if (argv.length === 0) throw noCommand(program);
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok;
    return reportFailure(
      thrown instanceof CommanderError ? toUsageError(thrown) : withoutSuppressed(thrown),
      environment,
    );
  }
}

/** What is written passes by the secrets that are known. */
function guarded(environment: Environment): Environment {
  const { stdout, stderr, secrets } = environment;
  return { ...environment, stdout: withoutSecrets(stdout, secrets), stderr: withoutSecrets(stderr, secrets) };
}

/** Where closing failed after the work had, the work's failure is what counts, however much was closed. */
function withoutSuppressed(thrown: unknown): unknown {
  let first = thrown;
  while (first instanceof Error && first.name === 'SuppressedError' && 'suppressed' in first) first = first.suppressed;
  return first;
}

/** Says what went wrong. @returns the exit code. */
export function reportFailure(thrown: unknown, environment: Environment): number {
  const { argv, env } = environment;
  const { stderr } = guarded(environment);
  const stoppedBy = environment.stoppedBy();
  const has = (flag: string): boolean => argv.includes(flag);
  if (has('--json')) stderr.write(`${toMaskedJson(toErrorJson(thrown, stoppedBy))}\n`);
  else {
    const paint = createPaint(stderr, { color: !has('--no-color'), env });
    const lines = errorLines(thrown, { verbose: has('--verbose'), explain: has('--explain'), stoppedBy, paint });
    stderr.write(`${toPrintable(lines.join('\n'))}\n`);
  }
  return toExitCode(thrown, stoppedBy);
}

function noCommand(program: Command): SquizzleError<'USAGE_INVALID'> {
  const message = `which command? 'squizzle --help' explains them\n\n${program.helpInformation().trimEnd()}`;
  return new SquizzleError('USAGE_INVALID', message, { argument: '' });
}

/** Commander's words, without its prefix, and without what a mistyped option was to be told. `squizzle config` alone has none: its help is the answer. */
function toUsageError({ code, message }: CommanderError): SquizzleError<'USAGE_INVALID'> {
  const said = message.replace(/^error: /, '').replace(/(unknown option '[^'=]*)=[^']*'/, `$1=${MASK}'`);
  const text = code === 'commander.help' ? 'which command? add --help to see them' : said;
  return new SquizzleError('USAGE_INVALID', text, { argument: code.replace(/^commander\./, '') });
}
