/**
 * The configuration of the project that a command works on.
 *
 * @module
 */
import { dirname } from 'node:path';
import type { GlobalFlags } from '../global-options.ts';
import { readConfigFile } from './config-file.ts';
import { configInvalid } from './config-problem.ts';
import type { Variables } from './interpolation.ts';
import { readOverride } from './overrides.ts';
import { parseConfig, type ParsedConfig } from './parse-config.ts';

export interface LoadedConfig extends ParsedConfig {
  /** The file, absolute. */
  readonly path: string;
  /** As messages name it. */
  readonly name: string;
  /** Where the file lies, absolute: its relative paths begin here. */
  readonly folder: string;
}

/** @throws {SquizzleError} `CONFIG_NOT_FOUND`; `CONFIG_INVALID` with every problem of the file. */
export async function loadConfig(cwd: string, flags: GlobalFlags, variables: Variables): Promise<LoadedConfig> {
  const { path, name, text } = await readConfigFile(cwd, flags.config ?? readOverride('SQUIZZLE_CONFIG', variables));
  const result = parseConfig(text, name, variables);
  if (!result.ok) throw configInvalid(name, result.problems);
  return { ...result.parsed, path, name, folder: dirname(path) };
}
