/**
 * Flags before variables before the file before defaults, every value checked.
 *
 * All that is wrong is found in one go, also in values that another source overrides: whoever starts a server
 * mends its configuration once, not once for each mistake.
 *
 * @module
 */
import { checkConfig } from './check-config.ts';
import { readConfigFile } from './config-file.ts';
import type { Flags } from './flags.ts';
import type { GivenValue, GivenValues, Problem } from './given-value.ts';
import type { Origin } from './origin.ts';
import { CONFIG_VARIABLE, SETTING_PATHS, SETTINGS, type Config, type Setting, type SettingPath } from './settings.ts';
import { readVariables, type Variables } from './variables.ts';

export type Origins = Readonly<Record<SettingPath, Origin>>;

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Origins;
  /** The file that was read, as the user wrote it. */
  readonly file: string | undefined;
}

export type ConfigResult =
  | { readonly ok: true; readonly loaded: LoadedConfig }
  /** At least one. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

export async function loadConfig(flags: Flags, variables: Variables): Promise<ConfigResult> {
  const file = flags.config ?? (variables[CONFIG_VARIABLE] || undefined);
  const nothing: GivenValues = { values: [], problems: [] };
  const sources = [
    defaults(),
    file === undefined ? nothing : await readConfigFile(file),
    readVariables(variables),
    flags,
  ];
  const problems = sources.flatMap((source) => source.problems);
  const values = new Map<SettingPath, unknown>();
  const origins = new Map<SettingPath, Origin>();
  for (const given of sources.flatMap((source) => source.values)) {
    const value = readValue(given);
    if (value === undefined) problems.push(describeMismatch(given));
    else {
      values.set(given.path, value);
      origins.set(given.path, given.origin);
    }
  }
  // Defaults cover every path, and each value was made by the kind of its setting.
  const config = Object.fromEntries(values) as unknown as Config;
  const allOrigins = Object.fromEntries(origins) as Origins;
  problems.push(...checkConfig(config, allOrigins));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, loaded: { config, origins: allOrigins, file } };
}

function defaults(): GivenValues {
  const origin = { type: 'default' } as const;
  return { values: SETTING_PATHS.map((path) => ({ path, value: SETTINGS[path].default, origin })), problems: [] };
}

function readValue({ path, value }: GivenValue): unknown {
  const { kind }: Setting<unknown> = SETTINGS[path];
  if (typeof value === 'string') return kind.parse(value);
  return typeof value === kind.literal ? kind.parse(String(value)) : undefined;
}

function describeMismatch({ path, value, origin }: GivenValue): Problem {
  return { subject: path, message: `expected ${SETTINGS[path].kind.expected}, found ${describeValue(value)}`, origin };
}

const SHOWN = 80;

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return typeof value === 'string' ? shown : `${shown}, which is no text: put it in quotes`;
}
