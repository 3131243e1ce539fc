/**
 * Which of the scopes that a challenge names are asked for: no rights but those that the request could be about.
 *
 * Whoever makes a registry say 401 must not get tokens for other repositories, nor the right to delete for who pulls.
 *
 * @module
 */
import type { HttpRequest } from '../../http/http.ts';

export type ScopedRequest = Pick<HttpRequest, 'method' | 'place' | 'scopes'>;

const REPOSITORY = /^repository(?:\([^)]*\))?:(.+):([^:]*)$/;
/** As `registry:catalog:*`: of no repository. */
const OTHER_RESOURCE = /^[^:]+:.*:[^:]*$/;
/** As `delete`, and `*` for everything. */
const DESTROYS = /^(?:delete|\*)/;

/** What is of another form (Amazon's `aws`, Gitea's `*`) names no resource: the service knows what it means. */
export function grantedScopes(demanded: readonly string[], request: ScopedRequest): readonly string[] {
  const { scopes = [], place } = request;
  const named = new Set([place.repository, ...scopes.map(repositoryOf)]);
  return demanded.flatMap((scope) => {
    const [, repository, actions = ''] = REPOSITORY.exec(scope) ?? [];
    if (repository === undefined) {
      const mayAsk = !OTHER_RESOURCE.test(scope) || place.repository === null;
      return mayAsk ? [scope] : [];
    }
    const kept = actions.split(',').filter((action) => mayDo(request, repository, action));
    return named.has(repository) && kept.length > 0 ? [scope.replace(/[^:]*$/, kept.join(','))] : [];
  });
}

/** Distribution asks for `delete` (once `*`) whatever is deleted, an upload as well. */
function mayDo({ method, place }: ScopedRequest, repository: string, action: string): boolean {
  if (repository !== place.repository) return action === 'pull';
  return method === 'DELETE' || !DESTROYS.test(action);
}

function repositoryOf(scope: string): string | null {
  return REPOSITORY.exec(scope)?.[1] ?? null;
}
