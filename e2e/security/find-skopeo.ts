/**
 * A skopeo that was built with sigstore. Debian 12's was not, and says so only when it is to sign or to verify.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../registry/clients/program.ts';

/** What Debian's patch answers. */
const DISABLED = 'sigstore disabled';

export type FoundSkopeo =
  { readonly path: string; readonly fault: null } | { readonly path: null; readonly fault: string };

/** The one that `install-skopeo.sh` unpacked, else the system's. `fault`: why the tests of it are skipped. */
export async function findSkopeo(): Promise<FoundSkopeo> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const unpacked = join(cache, 'squizzle', 'skopeo-trixie', 'skopeo');
  const path = existsSync(unpacked) ? unpacked : findProgram('skopeo');
  if (path === undefined) return { path: null, fault: 'SKIPPED: no skopeo here; tools/sigstore-clients/install.sh' };
  if (!(await readFile(path)).includes(DISABLED)) return { path, fault: null };
  return { path: null, fault: `SKIPPED: ${path} was built without sigstore; tools/sigstore-clients/install.sh` };
}
