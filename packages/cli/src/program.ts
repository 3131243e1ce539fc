/**
 * The commands put together.
 *
 * @module
 */
import { Command } from 'commander';
import { applyCommand } from './commands/apply.ts';
import { approveCommand } from './commands/approve.ts';
import { attestCommand } from './commands/attest.ts';
import { baselineCommand } from './commands/baseline.ts';
import { buildCommand } from './commands/build.ts';
import { cacheCommand } from './commands/cache.ts';
import type { CommandContext } from './commands/command-context.ts';
import { compareCommand } from './commands/compare.ts';
import { configCommand } from './commands/config.ts';
import { deleteCommand } from './commands/delete.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { driftCommand } from './commands/drift.ts';
import { exportCommand } from './commands/export.ts';
import { helpCommand } from './commands/help.ts';
import { historyCommand } from './commands/history.ts';
import { imageCommand } from './commands/image.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { keyCommand } from './commands/key.ts';
import { listCommand } from './commands/list.ts';
import { loginCommand } from './commands/login.ts';
import { logoutCommand } from './commands/logout.ts';
import { newCommand } from './commands/new.ts';
import { planCommand } from './commands/plan.ts';
import { pullCommand } from './commands/pull.ts';
import { pushCommand } from './commands/push.ts';
import { rehearseCommand } from './commands/rehearse.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { showCommand } from './commands/show.ts';
import { signCommand } from './commands/sign.ts';
import { statusCommand } from './commands/status.ts';
import { tagCommand } from './commands/tag.ts';
import { trustCommand } from './commands/trust.ts';
import { verifyCommand } from './commands/verify.ts';
import { addGlobalOptions } from './global-options.ts';
import { ownVersion } from './own-version.ts';

/** In the order of their use. */
const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  initCommand,
  newCommand,
  buildCommand,
  listCommand,
  showCommand,
  pushCommand,
  pullCommand,
  tagCommand,
  deleteCommand,
  signCommand,
  attestCommand,
  approveCommand,
  verifyCommand,
  planCommand,
  applyCommand,
  statusCommand,
  rollbackCommand,
  historyCommand,
  baselineCommand,
  driftCommand,
  diffCommand,
  rehearseCommand,
  compareCommand,
  exportCommand,
  importCommand,
  loginCommand,
  logoutCommand,
  keyCommand,
  trustCommand,
  doctorCommand,
  cacheCommand,
  imageCommand,
  configCommand,
  helpCommand,
];

export interface ProgramOutput {
  readonly writeOut: (text: string) => void;
  readonly columns: number;
}

/** Nothing is written but help and version, and nothing ends the process: faults are thrown as `CommanderError`. */
export function createProgram(context: CommandContext, { writeOut, columns }: ProgramOutput): Command {
  const program = new Command('squizzle')
    .description('npm for database schemas: PostgreSQL migrations as immutable, versioned releases')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpCommand(false)
    .helpOption('-h, --help', 'explain squizzle, or a command');
  addGlobalOptions(program);
  for (const create of COMMANDS) program.addCommand(create(context));
  configure(program, { writeOut, columns });
  return program;
}

/** Settings that commander does not hand down to commands that are added whole. */
function configure(command: Command, output: ProgramOutput): void {
  const { writeOut, columns } = output;
  command
    .exitOverride()
    .configureOutput({
      writeOut,
      writeErr: () => undefined,
      outputError: () => undefined,
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError();
  for (const child of command.commands) configure(child, output);
}
