/**
 * Identifiers as SQL text.
 *
 * @module
 */

/** `users` → `"users"`, `a"b` → `"a""b"`. Always quoted: whether a word is reserved differs between servers. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `['app', 'users']` → `"app"."users"`. */
export function quoteQualifiedName(parts: readonly string[]): string {
  return parts.map(quoteIdentifier).join('.');
}
