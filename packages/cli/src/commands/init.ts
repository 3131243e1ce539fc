/**
 * `squizzle init`: a project to begin with. Nothing that is there is written over.
 *
 * @module
 */
import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { Command } from 'commander';
import { CONFIG_FILE } from '../config/config-file.ts';
import { configTemplate } from '../config/config-template.ts';
import { ensureLine, writeNewFile } from '../files/write-new-file.ts';
import type { GlobalFlags } from '../global-options.ts';
import type { Session } from '../project/session.ts';
import { examples, type CommandContext } from './command-context.ts';

interface InitFlags extends GlobalFlags {
  readonly name?: string;
}

/** Released bytes never change: line endings must not depend on who checks the files out. */
const LINES = [
  { file: '.gitattributes', line: '*.sql text eol=lf' },
  { file: '.gitignore', line: '.squizzle/' },
] as const;

export function initCommand({ begin }: CommandContext): Command {
  return new Command('init')
    .summary('begin a project in this folder')
    .description(
      'Begin a project in this folder: squizzle.yaml, db/migrations, and a line each in .gitattributes and .gitignore. Files that exist are never written over.',
    )
    .option('--name <name>', "the project's name (default: the folder's)")
    .addHelpText('after', examples('squizzle init', 'squizzle init --name shop'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<InitFlags>();
      const session = await begin(flags);
      const created = await createProject(session, flags.name ?? (basename(session.cwd) || 'database'));
      session.output.result({ created }, () => created.map((file) => `created ${file}`));
      session.output.note(
        "next: 'squizzle new <name>' writes the first migration, 'squizzle build' makes a release of it",
      );
    });
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
