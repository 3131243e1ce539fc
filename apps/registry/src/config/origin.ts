/**
 * Where the value of a setting comes from.
 *
 * @module
 */
export type Origin =
  | { readonly type: 'default' }
  | { readonly type: 'file'; readonly name: string; readonly line?: number }
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'flag'; readonly name: string };

export function formatOrigin(origin: Origin): string {
  if (origin.type === 'default') return 'default';
  if (origin.type === 'file' && origin.line !== undefined) return `${origin.name}:${origin.line}`;
  return origin.name;
}
