/**
 * The file from which a registry knows its user.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTPASSWD } from '../../registry/clients/auth-users.ts';

export async function passwordFile(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-htpasswd-'));
  const path = join(folder, 'htpasswd');
  await writeFile(path, HTPASSWD);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
