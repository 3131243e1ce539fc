/**
 * `docs/cli.md`, made of the commands themselves.
 *
 * @module
 */
import type { Command } from 'commander';
import { ERROR_CATALOG } from '@squizzle/core';
import { createProgram } from '../program.ts';

const WIDTH = 100;

export const UPDATE_COMMAND = 'npx vitest run --project unit:cli cli-reference --update';

/** The whole page. Command, options and examples are shown as `--help` shows them. */
export function renderCliReference(): string {
  let printed = '';
  const program = createSilentProgram((text) => (printed += text));
  const helpOf = (command: Command): string => {
    printed = '';
    command.configureHelp({ showGlobalOptions: false }).outputHelp();
    return printed.trimEnd();
  };
  return [
    `<!-- Made by packages/cli/src/docs/cli-reference.ts. Do not edit; run: ${UPDATE_COMMAND} -->`,
    '# Command line',
    INTRODUCTION,
    fenced(helpOf(program)),
    ...runnableOf(program).flatMap((command) => [`## ${fullName(command)}`, fenced(helpOf(command))]),
    '## Exit codes',
    exitCodes(),
  ]
    .join('\n\n')
    .concat('\n');
}

/** `build`, `doctor`, `doctor registry`, …: each that can be called, in the order of the page. */
export function commandNames(): string[] {
  return runnableOf(createSilentProgram(() => undefined)).map((command) => fullName(command).replace(/^squizzle /, ''));
}

function createSilentProgram(writeOut: (text: string) => void): Command {
  return createProgram({ open: neverRun, begin: neverRun, exitWith: neverRun }, { columns: WIDTH, writeOut });
}

function runnableOf({ commands }: Command): readonly Command[] {
  return commands.flatMap((command) =>
    command.commands.length === 0
      ? [command].filter(isDescribed)
      : [...(isRunnable(command) ? [command] : []), ...command.commands],
  );
}

/** `help` prints what stands here. */
function isDescribed(command: Command): boolean {
  return command.name() !== 'help';
}

/** A command of its own beside its subcommands: it has options. */
function isRunnable(command: Command): boolean {
  return command.options.length > 0;
}

function neverRun(): never {
  throw new TypeError('the reference runs no command');
}

const INTRODUCTION = [
  'Results go to standard output, everything else to standard error. With `--json` the result is one JSON document on',
  'standard output ([json.md](json.md)), and a failure is `{"error":{"code","message","details"}}` on standard error; the codes',
  'are explained in [errors.md](errors.md), the configuration in [configuration.md](configuration.md). Standard input is read by',
  '`login`, for the password, and by what signs with a key, for that of the key.',
].join('\n');

function fullName(command: Command): string {
  const parent = command.parent;
  return parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}

function fenced(text: string): string {
  return ['```text', text, '```'].join('\n');
}

const MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done, or nothing to do'],
  [1, 'a bug in squizzle'],
  [2, 'wrong usage or configuration'],
  [3, 'not found'],
  [4, 'integrity or trust; `doctor`: a fault is left'],
  [
    5,
    'conflict: exists, diverged, stale, locked; `drift`, and `diff`, `compare` with `--exit-code`: the schemas differ',
  ],
  [6, 'a migration failed'],
  [7, 'a store, registry or database could not be reached or used; `doctor registry`: something failed'],
  [8, '`status --exit-code`, `plan --exit-code`: releases are pending'],
  [130, 'stopped by SIGINT (143 by SIGTERM)'],
];

function exitCodes(): string {
  const rows = MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} | ${codesOf(code)} |`);
  return ['| exit code | meaning | error codes |', '| --- | --- | --- |', ...rows].join('\n');
}

function codesOf(exitCode: number): string {
  return Object.entries(ERROR_CATALOG)
    .filter(([, entry]) => entry.exitCode === exitCode)
    .map(([code]) => `\`${code}\``)
    .join(', ');
}
