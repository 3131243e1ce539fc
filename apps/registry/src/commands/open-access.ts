/**
 * Who gets in, as the configuration says.
 *
 * @module
 */
import { OPEN_ACCESS, type Access } from '../auth/access.ts';
import type { AuthConfig } from '../config/start-options.ts';
import type { Logger } from '../log/logger.ts';

export interface OpenedAccess {
  readonly access: Access;
  close(): Promise<void>;
}

/** @throws {HtpasswdError} when the file of users cannot be used. */
export async function openAccess(auth: AuthConfig, logger: Logger): Promise<OpenedAccess> {
  if (auth.type === 'none') return { access: OPEN_ACCESS, close: () => Promise.resolve() };
  // A server that asks for no password does not load what checks them.
  const { createBasicAccess } = await import('../auth/basic-access.ts');
  const { htpasswd, realm, anonymousPull } = auth;
  const access = await createBasicAccess({ htpasswd, realm, anonymousPull, logger });
  return { access, close: access.close };
}
