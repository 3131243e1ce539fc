/**
 * `squizzle config show` and `squizzle config validate`.
 *
 * @module
 */
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EXIT } from '@squizzle/core';
import { Command } from 'commander';
import { readConfigFile } from '../config/config-file.ts';
import { formatProblem, type ConfigProblem } from '../config/config-problem.ts';
import { maskConfig } from '../config/masked-config.ts';
import { TRUST_FILE } from '../config/trust-file.ts';
import type { ParsedConfig } from '../config/parse-config.ts';
import { OVERRIDES, overridesIn, readOverride } from '../config/overrides.ts';
import type { GlobalFlags } from '../global-options.ts';
import { plural } from '../output/words.ts';
import type { Session } from '../project/session.ts';
import { examples, type CommandContext } from './command-context.ts';

export function configCommand(context: CommandContext): Command {
  return new Command('config')
    .summary('show or check the configuration')
    .description('Show or check the configuration.')
    .addCommand(showCommand(context))
    .addCommand(validateCommand(context));
}

function showCommand({ open }: CommandContext): Command {
  return new Command('show')
    .summary('print the configuration, secrets masked')
    .description(
      'Print the configuration with its variables filled in. Passwords in URLs and values of secret variables are masked.',
    )
    .addHelpText('after', examples('squizzle config show', 'squizzle config show --json'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      await using project = await open(flags);
      const { loaded, output, environment } = project;
      const config = maskConfig(loaded.data, environment.env);
      const overrides = overridesIn(environment.env);
      const { stringify } = await import('yaml');
      output.result({ file: loaded.path, config, overrides }, (paint) => [
        paint.dim(`# ${loaded.path}`),
        ...overrides.map((name) => paint.dim(`# ${name} is set and takes the place of: ${OVERRIDES[name]}`)),
        stringify(config).trimEnd(),
      ]);
    });
}

interface Validation {
  readonly valid: boolean;
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  readonly environments: readonly string[];
  /** Values that cannot be read now, because variables are not set. */
  readonly unset: readonly { readonly key: string; readonly variables: readonly string[] }[];
}

function validateCommand({ begin, exitWith }: CommandContext): Command {
  return new Command('validate')
    .summary('check the configuration, all of it at once')
    .description(
      'Check the configuration and print every problem it has. Variables that are not set are listed; they are no problem.',
    )
    .addHelpText('after', examples('squizzle config validate', 'squizzle config validate --config ci/squizzle.yaml'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const session = await begin(flags);
      const validation = await validate(session, flags);
      session.output.result(validation, () => validationLines(validation));
      if (!validation.valid) exitWith(EXIT.usage);
    });
}

async function validate({ cwd, environment }: Session, flags: GlobalFlags): Promise<Validation> {
  const file = await readConfigFile(cwd, flags.config ?? readOverride('SQUIZZLE_CONFIG', environment.env));
  const { filledProblems, parseConfig } = await import('../config/parse-config.ts');
  const result = parseConfig(file.text, file.name, environment.env);
  if (!result.ok) return { valid: false, file: file.name, problems: result.problems, environments: [], unset: [] };
  const problems = [...filledProblems(result.parsed), ...(await findSecondPolicy(file.path, result.parsed))];
  const environments = Object.keys(result.parsed.config.environments ?? {});
  const unset = result.parsed.references.flatMap(({ key, unset: variables }) =>
    variables.length === 0 ? [] : [{ key, variables }],
  );
  return { valid: problems.length === 0, file: file.name, problems, environments, unset };
}

/** Of a trust policy that is there without being named. */
async function findSecondPolicy(path: string, { config, file }: ParsedConfig): Promise<readonly ConfigProblem[]> {
  const found = await lstat(join(dirname(path), TRUST_FILE)).catch(() => undefined);
  if (config.trust !== undefined || found === undefined) return [];
  const { twoPolicies } = await import('../config/parse-config.ts');
  return twoPolicies(config, TRUST_FILE, file);
}

function validationLines({ valid, file, problems, environments, unset }: Validation): readonly string[] {
  if (!valid) return problems.map((problem) => formatProblem(file, problem));
  return [
    `${file} is valid: ${plural(environments.length, 'environment')}${environments.length === 0 ? '' : ` (${environments.join(', ')})`}`,
    ...unset.map(({ key, variables }) => `${key} needs ${variables.join(', ')}, not set here`),
  ];
}
