/**
 * OIDC tokens that say who signs. They are secrets: no error, event or log has one.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';

/** The audience that Fulcio asks for. */
export const SIGSTORE_AUDIENCE = 'sigstore';

export interface IdentityTokenSource {
  /** For people: `GitHub Actions`, `the variable SIGSTORE_ID_TOKEN`. Never a secret. */
  readonly description: string;
  /** @throws {SquizzleError} `IDENTITY_UNAVAILABLE`, `SIGNING_FAILED`. */
  token(options?: CallOptions): Promise<string>;
}
