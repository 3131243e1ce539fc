/**
 * Settings from a YAML or JSON file: nested mappings whose keys make up the path.
 *
 * @module
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { isContentError, parseJsonObject } from '@squizzle/oci-spec';
import type { FileContent, FileFault } from './file-content.ts';
import { adviseName, type GivenValue, type GivenValues, type Problem } from './given-value.ts';
import type { Origin } from './origin.ts';
import { isSettingPath, SETTING_PATHS } from './settings.ts';

/** Configuration is written by hand; a megabyte of it is something else. */
const MAX_BYTES = 1_048_576;
const READ_BYTES = 65_536;
/** Settings lie two deep; what is deeper is unknown whatever it holds, and aliases can make it endless. */
const MAX_DEPTH = 4;

/** @param name as the user wrote it; relative to the working folder. */
export async function readConfigFile(name: string): Promise<GivenValues> {
  const content = await readContent(name);
  if ('faults' in content) {
    return { values: [], problems: content.faults.map((fault) => toProblem(name, fault)) };
  }
  const { data, lineOf } = content;
  if (data === null || data === undefined) return { values: [], problems: [] };
  if (!isMapping(data)) {
    return {
      values: [],
      problems: [{ subject: name, message: `expected a mapping of settings, as in 'listen: { port: 5000 }'` }],
    };
  }
  const values: GivenValue[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const { keys, value } of leavesOf(data, [])) {
    const [path, line] = [keys.join('.'), lineOf(keys)];
    const origin: Origin = { type: 'file', name, ...(line !== undefined && { line }) };
    if (seen.has(path)) problems.push({ subject: path, message: 'it is set a second time', origin });
    else if (isSettingPath(path)) values.push({ path, value, origin });
    else problems.push({ subject: path, message: adviseKey(path), origin });
    seen.add(path);
  }
  return { values, problems };
}

async function readContent(name: string): Promise<FileContent> {
  try {
    const bytes = readBounded(name);
    if (bytes.length > MAX_BYTES) return { faults: [{ message: `it has more than the ${MAX_BYTES} bytes allowed` }] };
    if (name.toLowerCase().endsWith('.json')) return readJson(bytes);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const { readYaml } = await import('./read-yaml.ts');
    return readYaml(text);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    if (code === undefined) throw cause;
    if (code === 'ENOENT') return { faults: [{ message: 'there is no such file' }] };
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { faults: [{ message: 'it is not UTF-8 text' }] };
    return { faults: [{ message: `it cannot be read (${code})` }] };
  }
}

/** The file as far as one byte beyond what is allowed; pipes have no size to ask for. */
function readBounded(name: string): Buffer {
  const file = openSync(name, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let total = 0; total <= MAX_BYTES;) {
      const piece = Buffer.allocUnsafeSlow(READ_BYTES);
      const count = readSync(file, piece);
      if (count === 0) break;
      pieces.push(piece.subarray(0, count));
      total += count;
    }
    return Buffer.concat(pieces);
  } finally {
    closeSync(file);
  }
}

function readJson(bytes: Uint8Array): FileContent {
  try {
    return { data: parseJsonObject(bytes, { maxBytes: MAX_BYTES, what: 'configuration' }), lineOf: () => undefined };
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    return { faults: [{ message: cause.message }] };
  }
}

interface Leaf {
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** Values that are no mapping. A section without keys says nothing; an unknown one is still found. */
function* leavesOf(mapping: Readonly<Record<string, unknown>>, above: readonly string[]): Generator<Leaf> {
  for (const [key, value] of Object.entries(mapping)) {
    const keys = [...above, key];
    const isEmpty = value === null || (isMapping(value) && Object.keys(value).length === 0);
    if (isEmpty && keysOfSection(keys.join('.')).length > 0) continue;
    if (isMapping(value) && !isEmpty && keys.length < MAX_DEPTH) yield* leavesOf(value, keys);
    else yield { keys, value };
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keysOfSection(path: string): readonly string[] {
  return SETTING_PATHS.filter((each) => each.startsWith(`${path}.`)).map((each) => each.slice(path.length + 1));
}

function adviseKey(path: string): string {
  const keys = keysOfSection(path);
  if (keys.length > 0) return `expected a mapping with the keys ${keys.join(', ')}`;
  return `there is no such setting; ${adviseName(path, (each) => each)}`;
}

function toProblem(name: string, { line, message }: FileFault): Problem {
  return { subject: line === undefined ? name : `${name}:${line}`, message };
}
