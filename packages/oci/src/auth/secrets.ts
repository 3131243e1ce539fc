/**
 * What of credentials must not be shown.
 *
 * @module
 */
import type { FoundCredential } from '../credentials/credential.ts';

/** The secret itself, and what follows the scheme in the header that was made of it. */
export function secretsOf(found: FoundCredential | undefined, header: string | undefined): readonly string[] {
  const secrets = header === undefined ? [] : [header.replace(/^\S+ /, '')];
  if (found === undefined) return secrets;
  const { credential } = found;
  return [...secrets, credential.kind === 'basic' ? credential.password : credential.token];
}
