/**
 * `squizzle new`: the next migration file, numbered.
 *
 * @module
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { Command } from 'commander';
import { systemCodeOf, withSystemFaults } from '../files/system-fault.ts';
import { writeNewFile } from '../files/write-new-file.ts';
import type { GlobalFlags } from '../global-options.ts';
import type { Project } from '../project/project.ts';
import { examples, type CommandContext } from './command-context.ts';

interface NewFlags extends GlobalFlags {
  readonly down?: true;
}

export function newCommand({ open }: CommandContext): Command {
  return new Command('new')
    .summary('write the next migration file')
    .description(
      'Write the next migration file, numbered after the last one. --down writes the file that undoes it, too.',
    )
    .argument('<name>', 'what it does, as add_users')
    .option('--down', 'write the rollback file too')
    .addHelpText('after', examples('squizzle new add_users', "squizzle new 'add users' --down"))
    .action(async (given: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<NewFlags>();
      await using project = await open(flags);
      const created = await writeMigration(toFileName(given), flags.down === true, project);
      project.output.result({ created }, () => created.map((file) => `created ${file}`));
    });
}

async function writeMigration(name: string, withDown: boolean, project: Project): Promise<readonly string[]> {
  const { root, migrations } = project.settings().sources;
  const names = await namesIn(join(root, migrations), migrations);
  const stem = `${nextPrefix(names, project.environment.now())}_${name}`;
  const up = names.some((each) => each.endsWith('.up.sql')) ? 'up.sql' : 'sql';
  const files = [`${migrations}/${stem}.${up}`, ...(withDown ? [`${migrations}/${stem}.down.sql`] : [])];
  for (const [index, file] of files.entries()) {
    await writeNewFile(join(root, file), index === 0 ? `-- ${given(name)}\n\n` : `-- undoes ${stem}.${up}\n\n`, file);
  }
  return files;
}

const given = (name: string): string => name.replaceAll('_', ' ');

async function namesIn(folder: string, label: string): Promise<readonly string[]> {
  return withSystemFaults(label, async () => {
    try {
      return await readdir(folder);
    } catch (cause) {
      if (systemCodeOf(cause) === 'ENOENT') return [];
      throw cause;
    }
  });
}

const SMALLEST_WIDTH = 4;
/** `20261121041605`: other tools number by time; so does the next file among theirs. */
const TIMESTAMP_WIDTH = 14;

/** One more than the highest number, as wide as the widest. */
function nextPrefix(names: readonly string[], now: Date): string {
  const prefixes = names.flatMap((name) => /^V?(\d+)/.exec(name)?.[1] ?? []);
  const width = Math.max(SMALLEST_WIDTH, ...prefixes.map((prefix) => prefix.length));
  const highest = prefixes.reduce((max, prefix) => (BigInt(prefix) > max ? BigInt(prefix) : max), 0n);
  const stamp = now.toISOString().replaceAll(/\D/g, '').slice(0, TIMESTAMP_WIDTH);
  const next = width === TIMESTAMP_WIDTH && BigInt(stamp) > highest ? stamp : (highest + 1n).toString();
  return next.padStart(width, '0');
}

const NAME_LENGTH = 100;

/** `Add users!` → `add_users`. @throws {SquizzleError} `USAGE_INVALID` when nothing is left. */
function toFileName(text: string): string {
  const name = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/\.sql$/, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (name !== '' && name.length <= NAME_LENGTH) return name;
  const message = `'${text}' makes no file name: expected letters or digits, at most ${NAME_LENGTH} of them`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: 'name' });
}
