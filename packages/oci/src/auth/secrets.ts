/**
 * What of credentials must not be shown.
 *
 * @module
 */
import type { FoundCredential } from '../credentials/credential.ts';

export interface SecretMemory {
  add(secrets: readonly string[]): void;
  all(): readonly string[];
}

/** Credentials stay the same, tokens change: more than so many are not good any more. */
const MOST_SECRETS = 32;

/** The latest that were sent. */
export function createSecretMemory(): SecretMemory {
  const known = new Set<string>();
  return {
    add(secrets) {
      for (const secret of secrets) {
        known.delete(secret);
        known.add(secret);
      }
      for (const oldest of known) if (known.size > MOST_SECRETS) known.delete(oldest);
    },
    all: () => [...known],
  };
}

/** The secret itself, and what follows the scheme in the header that was made of it. */
export function secretsOf(found: FoundCredential | undefined, header: string | undefined): readonly string[] {
  const secrets = header === undefined ? [] : [header.replace(/^\S+ /, '')];
  if (found === undefined) return secrets;
  const { credential } = found;
  return [...secrets, credential.kind === 'basic' ? credential.password : credential.token];
}
