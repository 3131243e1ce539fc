/**
 * `squizzle init`: a project to begin with. Nothing that is there is written over.
 *
 * @module
 */
import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSquizzleError, SquizzleError } from '@squizzle/core';
import { Command } from 'commander';
import { CONFIG_FILE, readConfigFile } from '../config/config-file.ts';
import { configTemplate } from '../config/config-template.ts';
import { readOverride } from '../config/overrides.ts';
import { ensureLine, writeNewFile } from '../files/write-new-file.ts';
import type { GlobalFlags } from '../global-options.ts';
import { ledgerLine, setUpLedger } from '../project/ledger-setup.ts';
import type { Session } from '../project/session.ts';
import { examples, type CommandContext } from './command-context.ts';

interface InitFlags extends GlobalFlags {
  readonly name?: string;
  readonly db?: true;
}

/** Released bytes never change: line endings must not depend on who checks the files out. Keys are nobody else's. */
const LINES = [
  { file: '.gitattributes', line: '*.sql text eol=lf' },
  { file: '.gitignore', line: '.squizzle/' },
  { file: '.gitignore', line: '*.key' },
] as const;

export function initCommand(context: CommandContext): Command {
  return new Command('init')
    .summary('begin a project in this folder')
    .description(
      "Begin a project in this folder: squizzle.yaml, db/migrations, a line in .gitattributes, and two in .gitignore, for the store and for keys. Files that exist are never written over. With --db also the ledger in the environment's database, and that alone where there is a project, here or in a folder above.",
    )
    .option('--name <name>', "the project's name (default: the folder's)")
    .option('--db', 'create the ledger, or bring an older one up to date')
    .addHelpText('after', examples('squizzle init', 'squizzle init --name shop', 'squizzle init --db --env production'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<InitFlags>();
      const session = await context.begin(flags);
      if (flags.db === true) return initDatabase(flags, session, context);
      const created = await createProject(session, nameOf(flags, session));
      session.output.result({ created }, () => createdLines(created));
      return sayNext(session);
    });
}

async function initDatabase(flags: InitFlags, session: Session, { open }: CommandContext): Promise<void> {
  const isProject = await hasProject(flags, session);
  if (isProject && flags.name !== undefined) {
    const message = 'there is a project, which has a name; leave out --name to create its ledger';
    throw new SquizzleError('USAGE_INVALID', message, { argument: '--name' });
  }
  const created = isProject ? [] : await createProject(session, nameOf(flags, session));
  await using project = await open(flags);
  const ledger = await setUpLedger(project);
  project.output.result({ created, ledger }, () => [...createdLines(created), ledgerLine(ledger)]);
  if (!isProject) sayNext(session);
}

/** As every other command looks for it. @throws {SquizzleError} for a file that was asked for and is not there. */
async function hasProject({ config }: InitFlags, { cwd, environment }: Session): Promise<boolean> {
  const named = config ?? readOverride('SQUIZZLE_CONFIG', environment.env);
  try {
    await readConfigFile(cwd, named);
    return true;
  } catch (cause) {
    if (named === undefined && isSquizzleError(cause, 'CONFIG_NOT_FOUND')) return false;
    throw cause;
  }
}

function nameOf({ name }: InitFlags, { cwd }: Session): string {
  return name ?? (basename(cwd) || 'database');
}

const createdLines = (created: readonly string[]): readonly string[] => created.map((file) => `created ${file}`);

function sayNext({ output }: Session): void {
  output.note("next: 'squizzle new <name>' writes the first migration, 'squizzle build' makes a release of it");
}

async function createProject({ cwd }: Session, name: string): Promise<readonly string[]> {
  await refuseExisting(join(cwd, CONFIG_FILE));
  const created: string[] = [];
  const gitkeep = 'db/migrations/.gitkeep';
  if (!(await exists(join(cwd, 'db/migrations')))) {
    await writeNewFile(join(cwd, gitkeep), '', gitkeep);
    created.push(gitkeep);
  }
  for (const { file, line } of LINES)
    if (await ensureLine(join(cwd, file), line, file)) created.push(`${file} (${line})`);
  await writeNewFile(join(cwd, CONFIG_FILE), configTemplate(name), CONFIG_FILE);
  return [CONFIG_FILE, ...created];
}

async function refuseExisting(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const message = `${CONFIG_FILE} exists already: this folder is a project; it was left as it is`;
  throw new SquizzleError('FILE_EXISTS', message, { path: CONFIG_FILE });
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
