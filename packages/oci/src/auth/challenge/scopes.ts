/**
 * Scopes as token services write them, `repository:myorg/app:pull,push`, in one normal form that can be compared.
 *
 * What is not of that form (Amazon's `aws`, Gitea's `*`) is a scope all the same: it is compared as a whole.
 *
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 * @module
 */

/** Longest list that is taken from a challenge. */
const MAX_SCOPES = 32;
const WORD = /^[\x21-\x7e]{1,1024}$/;

/** The scopes of a challenge: `repository:a:pull repository:b:pull`. */
export function parseScopes(text: string): readonly string[] {
  const words = text.split(' ').filter((word) => WORD.test(word));
  return mergeScopes(words.slice(0, MAX_SCOPES));
}

/** One scope for each resource with all its actions; resources and actions in order. `*` stands for every action. */
export function mergeScopes(...lists: readonly (readonly string[])[]): readonly string[] {
  const resources = actionsByResource(lists.flat());
  return [...resources].map(([resource, actions]) => formatScope(resource, actions)).toSorted();
}

/** Whether who may do what `held` says may do all of `wanted`. */
export function coversScopes(held: readonly string[], wanted: readonly string[]): boolean {
  const granted = actionsByResource(held);
  return [...actionsByResource(wanted)].every(([resource, actions]) => {
    const allowed = granted.get(resource);
    return allowed !== undefined && (allowed.has('*') || [...actions].every((action) => allowed.has(action)));
  });
}

function actionsByResource(scopes: readonly string[]): ReadonlyMap<string, Set<string>> {
  const resources = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const { resource, actions } = splitScope(scope);
    const known = resources.get(resource) ?? new Set<string>();
    for (const action of actions) known.add(action);
    resources.set(resource, known);
  }
  return resources;
}

/** Names may hold colons, types and actions may not. A scope of another form has no actions. */
function splitScope(scope: string): { readonly resource: string; readonly actions: readonly string[] } {
  const last = scope.lastIndexOf(':');
  if (last <= scope.indexOf(':')) return { resource: scope, actions: [] };
  const actions = scope.slice(last + 1).split(',');
  return { resource: scope.slice(0, last + 1), actions: actions.filter((action) => action !== '') };
}

function formatScope(resource: string, actions: ReadonlySet<string>): string {
  return resource + (actions.has('*') ? '*' : [...actions].toSorted().join(','));
}
