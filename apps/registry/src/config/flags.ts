/**
 * The flags of a command: every setting, and the few that are no settings.
 *
 * Nothing stops at the first mistake, so that all can be reported together.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { adviseName, type GivenValue, type GivenValues, type Problem } from './given-value.ts';
import { CONFIG_FLAG, SETTING_PATHS, SETTINGS, type SettingPath } from './settings.ts';

export interface Flags extends GivenValues {
  /** The configuration file that was asked for. */
  readonly config: string | undefined;
  readonly help: boolean;
  readonly json: boolean;
}

interface Token {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inline: boolean;
}

const PATHS: ReadonlyMap<string, SettingPath> = new Map(SETTING_PATHS.map((path) => [SETTINGS[path].flag, path]));
const flagOf = (path: SettingPath): string => `--${SETTINGS[path].flag}`;
const isSwitch = (path: SettingPath): boolean => SETTINGS[path].kind.placeholder === '';

/** @param words what stands after the command. */
export function parseFlags(words: readonly string[], { takesJson }: { readonly takesJson: boolean }): Flags {
  const values: GivenValue[] = [];
  const problems: Problem[] = [];
  const seen = { config: undefined as string | undefined, help: false, json: false };
  const read = (token: Token): Problem | undefined => {
    const { name, rawName, value } = token;
    if (name === 'help' || (name === 'json' && takesJson)) seen[name] = true;
    else if (name !== CONFIG_FLAG) {
      const given = readSetting(token);
      if ('message' in given) return given;
      values.push(given);
    } else if (isMissing(token)) return { subject: rawName, message: 'expected the path of a file after it' };
    else seen.config = value;
    return undefined;
  };
  let mayFollow = false; // a word behind a flag that was refused was meant for it
  for (const token of tokensOf(words)) {
    const isWord = typeof token === 'string';
    const problem = isWord ? { subject: token, message: NO_ARGUMENTS } : read(token);
    if (problem !== undefined && !(isWord && mayFollow)) problems.push(problem);
    mayFollow = !isWord && problem !== undefined;
  }
  return { values, problems, ...seen };
}

const NO_ARGUMENTS = 'expected flags only; a switch is turned off by --no-… or =false';

/** Positional arguments come as strings. */
function tokensOf(words: readonly string[]): readonly (Token | string)[] {
  const settings = [...PATHS].map(([flag, path]) => [flag, { type: isSwitch(path) ? 'boolean' : 'string' }] as const);
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries(settings),
      [CONFIG_FLAG]: { type: 'string', short: 'c' },
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean' },
    },
  });
  return tokens.flatMap((token) => {
    if (token.kind === 'option-terminator') return [];
    if (token.kind === 'positional') return token.value;
    const { name, rawName, value, inlineValue } = token;
    return { name, rawName, value, inline: inlineValue === true };
  });
}

function readSetting(token: Token): GivenValue | Problem {
  const { name, rawName, value } = token;
  const path = PATHS.get(name);
  if (path !== undefined) {
    const origin = { type: 'flag', name: rawName } as const;
    if (isSwitch(path)) return { path, value: value ?? 'true', origin };
    if (!isMissing(token)) return { path, value, origin };
    return { subject: rawName, message: `expected ${SETTINGS[path].kind.expected} after it` };
  }
  const denied = name.startsWith('no-') ? PATHS.get(name.slice(3)) : undefined;
  if (denied !== undefined && isSwitch(denied) && value === undefined) {
    return { path: denied, value: 'false', origin: { type: 'flag', name: rawName } };
  }
  const advice = adviseName(rawName, flagOf, [`--${CONFIG_FLAG}`, '--help']);
  return { subject: rawName, message: `there is no such flag; ${advice}` };
}

/** No value of a setting begins with a dash, but the next flag does. A path that does is written after `=`. */
function isMissing({ value, inline }: Token): boolean {
  return value === undefined || value === '' || (!inline && value.startsWith('-'));
}
