/**
 * A token that somebody got elsewhere and gave us.
 *
 * @module
 */
import type { IdentityTokenSource } from './identity-token.ts';

/** @param description where it came from, for people: `the file given with --identity-token`. */
export function explicitToken(token: string, description: string): IdentityTokenSource {
  return {
    description,
    token: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      return token.trim();
    },
  };
}
