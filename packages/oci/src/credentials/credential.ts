/**
 * What proves to a registry who asks.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { RegistryHost } from '@squizzle/oci-spec';

export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** Exchanged for access tokens at the registry's token service (OAuth2 `refresh_token`). */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** Sent as it is: `Bearer <token>`. */
  | { readonly kind: 'registry-token'; readonly token: string };

export interface FoundCredential {
  readonly credential: Credential;
  /** Where it comes from, for people: `SQUIZZLE_USERNAME`, `~/.docker/config.json`. */
  readonly source: string;
}

export interface CredentialQuery {
  readonly host: RegistryHost;
  /** Files may hold credentials for a namespace of a registry. */
  readonly repository: string | null;
}

/** `undefined`: nothing is known, the request goes without. */
export type FindCredential = (query: CredentialQuery, options?: CallOptions) => Promise<FoundCredential | undefined>;

/** Variables of an environment, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;
