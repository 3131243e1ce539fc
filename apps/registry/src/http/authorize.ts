/**
 * Which permission each request needs, asked for once, before anything is done.
 *
 * @module
 */
import type { Access, Action, Caller } from '../auth/access.ts';
import { RegistryError } from '../registry-error.ts';
import type { Route } from './routes.ts';

/** `undefined` for what any caller may do who is known at all. */
function requiredAction(route: Route, method: string): Action | undefined {
  switch (route.name) {
    case 'health':
    case 'ready':
    case 'base':
      return undefined;
    case 'catalog':
      return 'catalog';
    case 'uploads':
    case 'upload':
      return 'push';
    case 'tags':
    case 'referrers':
      return 'pull';
    case 'manifest':
    case 'blob':
      if (method === 'DELETE') return 'delete';
      return method === 'PUT' ? 'push' : 'pull';
  }
}

/**
 * The caller, who may do what is asked.
 *
 * @throws {RegistryError} `UNAUTHORIZED` when another caller might; `DENIED`.
 */
export async function authorize(
  access: Access,
  authorization: string | undefined,
  route: Route,
  method: string,
): Promise<Caller> {
  const caller = await access.identify(authorization);
  const action = requiredAction(route, method);
  if (action === undefined) return caller;
  const repository = 'repository' in route ? route.repository : undefined;
  if (access.allows(caller, action, repository)) return caller;
  const what = `${action}${repository === undefined ? '' : ` ${repository}`}`;
  const detail = { action, ...(repository !== undefined && { name: repository }) };
  if (caller.user === undefined && access.challenge !== undefined) {
    const headers = { 'WWW-Authenticate': access.challenge };
    throw new RegistryError('UNAUTHORIZED', `an anonymous caller may not ${what}; log in`, { detail, headers });
  }
  throw new RegistryError('DENIED', `${caller.user ?? 'an anonymous caller'} may not ${what}`, { detail });
}
