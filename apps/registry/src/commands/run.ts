/**
 * One run of the program: arguments to exit code, without touching the process. Tests call it as it is.
 *
 * @module
 */
import { parseFlags } from '../config/flags.ts';
import { loadConfig } from '../config/load-config.ts';
import { findNearest } from '../config/nearest.ts';
import { escapeControls } from '../log/escape-controls.ts';
import type { Command } from './command.ts';
import type { Environment } from './environment.ts';
import { EXIT } from './exit-code.ts';
import { helpOf, PROGRAM, usageOf } from './help.ts';
import { SERVE } from './serve.ts';
import { VALIDATE_CONFIG } from './validate-config.ts';

const COMMANDS: readonly Command[] = [SERVE, VALIDATE_CONFIG];

/** @returns the exit code. */
export async function run(environment: Environment): Promise<number> {
  const { argv, env, stdout, stderr, version } = environment;
  const [name = '', ...words] = argv;
  if (name === '--version' || name === '-v') {
    stdout.write(`${version}\n`);
    return EXIT.ok;
  }
  if (name === '--help' || name === '-h') {
    stdout.write(usageOf(COMMANDS));
    return EXIT.ok;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    stderr.write(`${PROGRAM}: ${escapeControls(adviseCommand(name))}\n\n${usageOf(COMMANDS)}`);
    return EXIT.usage;
  }
  const flags = parseFlags(words, command);
  if (flags.help) {
    stdout.write(helpOf(command));
    return EXIT.ok;
  }
  return command.run(await loadConfig(flags, env), flags, environment);
}

function adviseCommand(name: string): string {
  if (name === '' || name.startsWith('-')) return 'expected a command before any flag';
  const nearest = findNearest(
    name,
    COMMANDS.map((each) => each.name),
  );
  return `there is no command '${name}'${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}
