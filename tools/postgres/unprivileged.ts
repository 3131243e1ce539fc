/**
 * Starting programs that refuse to run as root: in a user namespace as "nobody" (`unshare`), which needs no change of
 * owners, or with nobody's uid where namespaces are forbidden. Whoever is not root starts them as they are.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { getuid } from 'node:process';

const NOBODY = 65_534;

export interface Unprivileged {
  readonly command: string;
  /** Before the program's own arguments. */
  readonly leading: readonly string[];
  /** For `spawn`. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

export function unprivileged(program: string): Unprivileged {
  if (getuid?.() !== 0) return { command: program, leading: [], ids: {} };
  const flags = ['-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (hasNamespaces(flags)) return { command: 'unshare', leading: [...flags, program], ids: {} };
  return { command: program, leading: [], ids: { uid: NOBODY, gid: NOBODY } };
}

/** Lets such a program write in a folder of ours. */
export function giveFolder(folder: string): void {
  const { uid, gid } = unprivileged('true').ids;
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
}

function hasNamespaces(flags: readonly string[]): boolean {
  return spawnSync('unshare', [...flags, 'true']).status === 0;
}
