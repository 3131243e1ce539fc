/**
 * The text of `squizzle.yaml` to a checked {@link Config}, or every problem it has.
 *
 * @module
 */
import * as v from 'valibot';
import { parseRegistryHost } from '@squizzle/oci-spec';
import { findNearest } from '../nearest.ts';
import { maskSecrets } from '../secrets.ts';
import { findKeyFaults } from './config-keys.ts';
import { configInvalid, formatKey, type ConfigProblem } from './config-problem.ts';
import { hasReference, interpolate, type Variables } from './interpolation.ts';
import { CONFIG_SCHEMA, ENVIRONMENT_NAME, type Config } from './schema.ts';
import { findSigningFaults } from './signing-faults.ts';
import { describeIssue, type Setting, type VariableText } from './setting.ts';
import { valueIfSet } from './value-if-set.ts';
import { TRUST_FILE } from './trust-file.ts';
import { readYaml, type KeyPath, type YamlFile } from './yaml-document.ts';

export interface ParsedConfig {
  readonly config: Config;
  /** The file as it is written, for `config show`. */
  readonly data: unknown;
  readonly references: readonly Reference[];
  readonly file: YamlFile;
}

/** A value that names variables. */
export interface Reference {
  readonly key: string;
  /** Those without value or default. */
  readonly unset: readonly string[];
}

export type ConfigResult =
  | { readonly ok: true; readonly parsed: ParsedConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** @param name how the file is called in messages. */
export function parseConfig(text: string, name: string, variables: Variables): ConfigResult {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, problems: yaml.faults.map((fault) => ({ ...fault, key: null })) };
  const { file } = yaml;
  const whole = wholeFileFault(file.data);
  if (whole !== undefined) return { ok: false, problems: [{ line: 1, column: 1, key: null, message: whole }] };
  const reader = createReferenceReader(file, name, variables);
  const filled = reader.fill(file.data, []);
  const result = v.safeParse(CONFIG_SCHEMA, filled);
  const problems = [
    ...reader.problems,
    ...findKeyFaults(file.data).map(({ path, message }) => problemAt(path, message, file)),
    ...(result.issues ?? []).map((issue) => issueProblem(issue, file)),
    ...(result.success ? crossProblems(result.output, file) : []),
  ].sort((a, b) => a.line - b.line || a.column - b.column);
  if (!result.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, parsed: { config: result.output, data: file.data, references: reader.references, file } };
}

function problemAt(path: KeyPath, message: string, file: YamlFile): ConfigProblem {
  const { line, column } = file.positionOf(path);
  return { line, column, key: path.length === 0 ? null : maskSecrets(formatKey(path)), message };
}

function wholeFileFault(data: unknown): string | undefined {
  if (data === null || data === undefined) return "the file is empty; it needs at least 'name: …'";
  if (typeof data !== 'object' || Array.isArray(data))
    return "expected a mapping of keys to values, as in 'name: shop'";
  return undefined;
}

function createReferenceReader(file: YamlFile, name: string, variables: Variables) {
  const problems: ConfigProblem[] = [];
  const references: Reference[] = [];
  const toText = (raw: string, path: KeyPath): unknown => {
    const problem = (message: string): ConfigProblem => problemAt(path, message, file);
    const found = interpolate(raw, variables);
    if (found === undefined) {
      problems.push(problem(`a '\${' does not begin a variable: write \${NAME} or \${NAME:-default}, and $$ for a $`));
      return raw;
    }
    const { unset } = found;
    const refuse = (reason = unsetReason(unset)): never => {
      throw configInvalid(name, [problem(reason)]);
    };
    const text: VariableText = { text: unset.length === 0 ? found.text : undefined, problem, refuse };
    references.push({ key: formatKey(path), unset });
    return text;
  };
  const fill = (value: unknown, path: KeyPath): unknown => {
    if (typeof value === 'string') return hasReference(value) ? toText(value, path) : value;
    if (Array.isArray(value)) return value.map((each, index) => fill(each, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, [...path, key])]));
  };
  return { problems, references, fill };
}

function unsetReason(unset: readonly string[]): string {
  const [what, is] = unset.length === 1 ? ['the variable', 'is'] : ['the variables', 'are'];
  return `${what} ${unset.join(', ')} ${is} not set; set what is missing, or give a default: \${NAME:-default}`;
}

function issueProblem(issue: v.BaseIssue<unknown>, file: YamlFile): ConfigProblem {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const missing = issue.path?.at(-1)?.origin === 'key';
  const message = missing ? 'is missing; it is required' : describeIssue(issue);
  return problemAt(path, message, file);
}

/** What ties keys together. */
function crossProblems(config: Config, file: YamlFile): readonly ConfigProblem[] {
  return [
    ...environmentProblems(config, file),
    ...registryProblems(config, file),
    ...(config.trust === undefined ? [] : twoPolicies(config, config.trust.policy ?? TRUST_FILE, file)),
  ];
}

/** Environments that say in place what the policy says, too: which of both would hold? */
export function twoPolicies({ environments = {} }: Config, policy: string, file: YamlFile): readonly ConfigProblem[] {
  return Object.entries(environments)
    .filter(([, { trust }]) => trust !== undefined)
    .map(([name]) => {
      const path = ['environments', name, 'trust', 'unsigned'];
      return problemAt(path, `two policies: move it into 'rules' of ${policy}, where 'unsigned' says the same`, file);
    });
}

function environmentProblems(
  { environments = {}, defaultEnvironment }: Config,
  file: YamlFile,
): readonly ConfigProblem[] {
  const names = Object.keys(environments);
  const unfit = names
    .filter((name) => !ENVIRONMENT_NAME.test(name))
    .map((name) => problemAt(['environments', name], "expected a name of letters, digits, '.', '_' and '-'", file));
  const chosen = valueIfSet(defaultEnvironment);
  if (chosen === undefined || names.includes(chosen)) return unfit;
  const nearest = findNearest(chosen, names);
  const advice = nearest === undefined ? `there are: ${names.join(', ') || 'none'}` : `did you mean '${nearest}'?`;
  return [...unfit, problemAt(['defaultEnvironment'], `there is no environment '${chosen}'; ${advice}`, file)];
}

function registryProblems({ registries = {} }: Config, file: YamlFile): readonly ConfigProblem[] {
  return Object.keys(registries)
    .filter((host) => parseRegistryHost(host) === undefined)
    .map((host) =>
      problemAt(['registries', host], 'expected the host of a registry, as ghcr.io or localhost:5000', file),
    );
}

/** Faults that are otherwise found when what they are about is needed: values with variables, and settings for signing. */
export function filledProblems({ config, file }: ParsedConfig): readonly ConfigProblem[] {
  const signing = config.signing === undefined ? [] : findSigningFaults(config.signing);
  return [
    ...settingsIn(config).flatMap((setting) => setting.problem() ?? []),
    ...signing.map(({ key, reason }) => problemAt(['signing', key], reason, file)),
  ];
}

function settingsIn(value: unknown): readonly Setting<unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('problem' in value && typeof value.problem === 'function') return [value as Setting<unknown>];
  return Object.values(value).flatMap(settingsIn);
}
