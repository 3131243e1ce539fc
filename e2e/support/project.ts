/**
 * A user's project in a temporary folder.
 *
 * @module
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mustSquizzle } from './squizzle.ts';

export interface Project {
  readonly folder: string;
  /** Writes files by path from the project's folder. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  remove(): Promise<void>;
}

export const TRUST = "trust: { unsigned: { allowed: true, reason: 'an end-to-end test' } }";

/** `squizzle.yaml` for one environment; the database's URL comes from `DB_URL` unless given. */
export function configFor(name: string, database = '${DB_URL}'): string {
  return `name: ${name}\nenvironments:\n  development:\n    database: '${database}'\n    ${TRUST}\n`;
}

export async function createProject(
  files: Readonly<Record<string, string | Uint8Array>>,
  prefix = 'squizzle-e2e-',
): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  const write = async (more: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    for (const [path, content] of Object.entries(more)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
  };
  await write(files);
  return { folder, write, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes the files of each release and builds it, oldest first. */
export async function buildReleases(
  project: Project,
  releases: readonly { readonly version: string; readonly files: Readonly<Record<string, string>> }[],
): Promise<void> {
  for (const { version, files } of releases) {
    await project.write(files);
    await mustSquizzle(['build', version, ...(Object.keys(files).length === 0 ? ['--allow-empty'] : [])], {
      cwd: project.folder,
    });
  }
}
