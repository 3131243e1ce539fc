/**
 * What `--help` says, made of the commands and of the table of settings.
 *
 * @module
 */
import { CONFIG_VARIABLE, SETTING_PATHS, SETTINGS, variableOf, type Setting } from '../config/settings.ts';
import type { Command } from './command.ts';

export const PROGRAM = 'squizzle-registry';

export function usageOf(commands: readonly Command[]): string {
  return `Usage: ${PROGRAM} <command> [flags]

An OCI registry server.

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(17)}${summary}`).join('\n')}

${PROGRAM} <command> --help lists the flags; ${PROGRAM} --version tells the version.
`;
}

export function helpOf({ name, details, takesJson }: Command): string {
  const json = takesJson ? [flagLines('--json', 'Print the result as JSON')] : [];
  return `Usage: ${PROGRAM} ${name} [flags]

${details}

Flags go before environment variables, these before the file, and that before the defaults.

  -c, --config PATH
      YAML or JSON file of settings
      variable ${CONFIG_VARIABLE}
${[...json, ...SETTING_PATHS.map(settingLines), flagLines('-h, --help', 'Show this text')].join('\n')}
`;
}

function settingLines(path: (typeof SETTING_PATHS)[number]): string {
  const setting: Setting<unknown> = SETTINGS[path];
  const origins = `key ${path}, variable ${variableOf(path)}, default ${setting.default}`;
  return `${flagLines(formatFlag(setting), setting.description)}\n      ${origins}`;
}

/** `--port PORT`; a switch shows the form that changes its default. */
export function formatFlag({ flag, kind, default: defaultText }: Setting<unknown>): string {
  if (kind.placeholder !== '') return `--${flag} ${kind.placeholder}`;
  return defaultText === 'true' ? `--no-${flag}` : `--${flag}`;
}

function flagLines(flag: string, description: string): string {
  return `  ${flag}\n      ${description}`;
}
