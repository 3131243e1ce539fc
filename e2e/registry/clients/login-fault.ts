/**
 * Why tests of a login cannot run, for their names; `null` when they can.
 *
 * Only a server that says that it has no authentication at all skips them: any other failure to start is theirs to show.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTPASSWD } from './auth-users.ts';
import { startTestedRegistry } from './tested-registry.ts';

async function probe(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-login-'));
  try {
    await writeFile(join(folder, 'htpasswd'), HTPASSWD);
    const server = await startTestedRegistry({ htpasswd: join(folder, 'htpasswd') });
    await server.stop();
    return null;
  } catch (thrown) {
    return /this version cannot identify callers yet/.exec(String(thrown))?.[0] ?? null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const loginFault = await probe();
/** For the end of a test's name. */
export const loginNote = loginFault === null ? '' : ` (SKIPPED: the built server says '${loginFault}')`;
