/**
 * `validate-config`: the effective configuration and where each value comes from, or everything that is wrong with it.
 *
 * @module
 */
import { formatProblem, formatProblems } from '../config/format-problem.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { formatOrigin } from '../config/origin.ts';
import { SETTING_PATHS, SETTINGS, type Setting, type SettingPath } from '../config/settings.ts';
import { escapeControls } from '../log/escape-controls.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { PROGRAM } from './help.ts';

export const VALIDATE_CONFIG: Command = {
  name: 'validate-config',
  summary: 'check the configuration and show where each value comes from',
  details:
    'Reads the configuration as serve would, starts nothing, and prints every setting with its origin.\n' +
    'Exit code 0, or 2 with everything that is wrong.',
  takesJson: true,
  run(result, { json }, { stdout, stderr }) {
    if (result.ok) {
      stdout.write(json ? toJson({ valid: true, settings: describe(result.loaded) }) : toTable(result.loaded));
      return Promise.resolve(EXIT.ok);
    }
    const { problems } = result;
    if (json) stdout.write(toJson({ valid: false, problems: problems.map(formatProblem) }));
    else stderr.write(`${PROGRAM}: the configuration is not valid:\n${formatProblems(problems)}\n`);
    return Promise.resolve(EXIT.usage);
  },
};

interface DescribedSetting {
  /** As it would be written. */
  readonly value: string;
  readonly origin: string;
}

function describe({ config, origins }: LoadedConfig): Readonly<Record<string, DescribedSetting>> {
  return Object.fromEntries(
    SETTING_PATHS.map((path) => [
      path,
      { value: formatValue(config[path], path), origin: formatOrigin(origins[path]) },
    ]),
  );
}

function formatValue(value: unknown, path: SettingPath): string {
  const { kind }: Setting<unknown> = SETTINGS[path];
  return kind.format(value);
}

function toTable(loaded: LoadedConfig): string {
  const rows = Object.entries(describe(loaded)).map(([path, { value, origin }]) => [
    path,
    escapeControls(value),
    origin,
  ]);
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [first, second] = [widthOf(0), widthOf(1)];
  return rows
    .map(([path = '', value = '', origin = '']) => `${path.padEnd(first)}  ${value.padEnd(second)}  ${origin}\n`)
    .join('');
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
