/**
 * A folder as the entries of a layer: in the byte order of names, each folder before what is in it, the same entries on
 * every machine. Nothing of it is in memory but the names of the folders that are open.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import type { LayerEntry } from '@squizzle/core';
import { contextInvalid, readingContext } from './context-fault.ts';
import type { ContextFs, ContextStats } from './context-fs.ts';
import { linkFault } from './context-link.ts';
import type { ContextRules } from './context-rules.ts';
import { readContextFile } from './read-context-file.ts';

export interface Context {
  readonly fs: ContextFs;
  /** The real path of a folder. */
  readonly root: string;
  readonly rules: ContextRules;
  readonly signal?: AbortSignal | undefined;
}

interface OpenFolder {
  /** Below the context; empty for the context itself. */
  readonly path: string;
  /** Those still to be looked at, the next one last. */
  readonly names: string[];
  /** Those that were looked at, the next one first. */
  readonly found: Found[];
  /** An excluded folder is an entry only where something in it is one. */
  announced: boolean;
}

interface Found {
  readonly path: string;
  readonly excluded: boolean;
  readonly stats: ContextStats;
}

const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;
const EXECUTABLE_BITS = 0o111n;
/** Names that are looked at together: each asks the system, and waits. */
const LOOKED_AT = 32;

/** @throws {SquizzleError} `CONTEXT_INVALID` naming what cannot be read, leads out, or is no file, folder or link. */
export async function* walkContext(context: Context): AsyncGenerator<LayerEntry, void, undefined> {
  const open = [{ ...(await openFolder(context, '')), announced: true }];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    context.signal?.throwIfAborted();
    const next = await nextIn(context, folder);
    if (next === undefined) {
      open.pop();
      continue;
    }
    const { path, excluded, stats } = next;
    if (stats.isDirectory()) open.push(await openFolder(context, path));
    if (excluded) continue;
    yield* announce(open);
    if (!stats.isDirectory()) yield await toEntry(context, path, stats);
  }
}

async function openFolder(context: Context, path: string): Promise<OpenFolder> {
  return { path, names: await namesIn(context, path), found: [], announced: false };
}

async function nextIn(context: Context, folder: OpenFolder): Promise<Found | undefined> {
  while (folder.found.length === 0 && folder.names.length > 0) {
    const paths = folder.names
      .splice(-LOOKED_AT)
      .toReversed()
      .map((name) => (folder.path === '' ? name : `${folder.path}/${name}`));
    folder.found.push(...(await lookAt(context, paths)));
  }
  return folder.found.shift();
}

/** Without those that are excluded with everything below them: those are not even looked at. */
async function lookAt({ fs, root, rules }: Context, paths: readonly string[]): Promise<readonly Found[]> {
  const wanted = paths
    .map((path) => ({ path, excluded: rules.excludes(path) }))
    .filter(({ path, excluded }) => !excluded || rules.mayIncludeBelow(path));
  return Promise.all(
    wanted.map(async ({ path, excluded }) => {
      const stats = await readingContext(path, fs.lstat(join(root, path), { bigint: true }));
      return { path, excluded, stats };
    }),
  );
}

function* announce(open: readonly OpenFolder[]): Generator<LayerEntry, void, undefined> {
  for (const folder of open) {
    if (!folder.announced) yield { type: 'folder', path: folder.path, mode: FOLDER_MODE };
    folder.announced = true;
  }
}

async function namesIn({ fs, root }: Context, path: string): Promise<string[]> {
  const shown = path === '' ? root : path;
  const names = await readingContext(shown, fs.readdir(join(root, path), { encoding: 'buffer' }));
  return names
    .toSorted((a, b) => Buffer.compare(b, a))
    .map((name) => {
      if (isUtf8(name)) return name.toString();
      throw contextInvalid(join(path, name.toString()), 'has a name that is not UTF-8; rename it');
    });
}

async function toEntry(context: Context, path: string, stats: ContextStats): Promise<LayerEntry> {
  const { fs, root } = context;
  const absolute = join(root, path);
  if (stats.isSymbolicLink()) return toLink(context, path, absolute);
  if (!stats.isFile()) {
    throw contextInvalid(path, 'is a socket, a pipe or a device, which no image holds; name it in .dockerignore');
  }
  const mode = (stats.mode & EXECUTABLE_BITS) === 0n ? FILE_MODE : EXECUTABLE_MODE;
  const open = (): AsyncIterable<Uint8Array> => readContextFile(fs, { absolute, path, stats });
  return { type: 'file', path, mode, sizeBytes: Number(stats.size), open };
}

async function toLink({ fs, root }: Context, path: string, absolute: string): Promise<LayerEntry> {
  const target = await readingContext(path, fs.readlink(absolute, { encoding: 'buffer' }));
  if (!isUtf8(target)) throw contextInvalid(path, 'is a link to a name that is not UTF-8; rename what it links to');
  const fault = await linkFault(fs, root, path, target.toString());
  if (fault !== undefined) throw contextInvalid(path, fault);
  return { type: 'link', path, target: target.toString() };
}
