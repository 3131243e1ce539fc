/**
 * A folder, its `.dockerignore` and what else is left out, checked before anything is written.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { contextInvalid, readingContext, systemCodeOf } from './context-fault.ts';
import type { ContextFs, ContextStats } from './context-fs.ts';
import {
  createContextRules,
  IGNORE_FILE,
  ignoreFileRules,
  type ContextRules,
  type RuleSource,
} from './context-rules.ts';
import { readContextFile } from './read-context-file.ts';
import type { Context } from './walk-context.ts';

export interface ContextOptions {
  readonly contextPath: string;
  /** Patterns as in `.dockerignore`, after those of that file. */
  readonly exclusions: readonly string[];
  /** The folder that images are kept in: where it lies in the context, it is left out. */
  readonly storageDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** Far more than anyone writes by hand. */
const IGNORE_FILE_BYTES = 1024 * 1024;

/** @throws {SquizzleError} `CONTEXT_INVALID` when there is no such folder, or a pattern cannot be read. */
export async function openContext(fs: ContextFs, options: ContextOptions): Promise<Context> {
  const { contextPath, exclusions, storageDir, signal } = options;
  const root = await realFolder(fs, contextPath);
  const sources = [...(await readIgnoreFile(fs, root)), { name: 'exclusions', lines: exclusions }];
  const rules = withoutFolder(createContextRules(sources), await placeIn(fs, root, storageDir));
  return { fs, root, rules, signal };
}

async function realFolder(fs: ContextFs, path: string): Promise<string> {
  try {
    const root = await fs.realpath(path);
    if ((await fs.lstat(root, { bigint: true })).isDirectory()) return root;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === undefined) throw cause;
    if (code === 'ENOENT') throw contextInvalid(path, 'does not exist; give the folder to build from', { cause });
    return readingContext(path, Promise.reject(cause as Error));
  }
  throw contextInvalid(path, 'is no folder; give the folder to build from');
}

async function readIgnoreFile(fs: ContextFs, root: string): Promise<readonly RuleSource[]> {
  const absolute = join(root, IGNORE_FILE);
  const stats = await readingContext(IGNORE_FILE, ifThere(fs.lstat(absolute, { bigint: true })));
  if (stats === undefined) return [];
  if (!stats.isFile()) throw contextInvalid(IGNORE_FILE, 'is no file; make it one, or remove it');
  if (stats.size > IGNORE_FILE_BYTES) throw contextInvalid(IGNORE_FILE, `has more than ${IGNORE_FILE_BYTES} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of readContextFile(fs, { absolute, path: IGNORE_FILE, stats })) {
    chunks.push(Buffer.from(chunk));
  }
  return [ignoreFileRules(Buffer.concat(chunks).toString())];
}

async function ifThere(call: Promise<ContextStats>): Promise<ContextStats | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** The path below the context, with `/`; `undefined` for a folder that lies elsewhere. */
async function placeIn(fs: ContextFs, root: string, folder: string): Promise<string | undefined> {
  const path = relative(root, await realPlace(fs, folder));
  if (path === '') throw contextInvalid(root, 'is the folder that images are kept in; choose another one for them');
  if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return undefined;
  return path.split(sep).join('/');
}

/** Of a folder that need not exist yet. */
async function realPlace(fs: ContextFs, path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (thrown) {
    if (systemCodeOf(thrown) !== 'ENOENT' || dirname(path) === path) return path;
    return join(await realPlace(fs, dirname(path)), basename(path));
  }
}

function withoutFolder(rules: ContextRules, folder: string | undefined): ContextRules {
  if (folder === undefined) return rules;
  const isOurs = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);
  return {
    excludes: (path) => isOurs(path) || rules.excludes(path),
    mayIncludeBelow: (path) => !isOurs(path) && rules.mayIncludeBelow(path),
  };
}
