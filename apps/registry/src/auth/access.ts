/**
 * Who is calling, and what the caller may do.
 *
 * @module
 */
import type { RepositoryName } from '@squizzle/oci-spec';

export type Action = 'pull' | 'push' | 'delete' | 'catalog';

export interface Caller {
  /** `undefined` for a caller who named no user. */
  readonly user: string | undefined;
}

export interface Access {
  /**
   * What an anonymous caller who is refused is asked for, as the value of `WWW-Authenticate`: with a name, the same
   * request might be allowed. Left out where nobody has a name.
   */
  readonly challenge?: string;
  /**
   * Identifies the caller by the value of the request's `Authorization` header.
   *
   * @throws {RegistryError} `UNAUTHORIZED` with the challenge in the header `WWW-Authenticate`.
   */
  identify(authorization: string | undefined): Promise<Caller>;
  /** Pure and quick. `repository` is absent for `catalog` alone. */
  allows(caller: Caller, action: Action, repository?: RepositoryName): boolean;
}

/** Everyone may do everything: the default, for a server that only its own machine can reach. */
export const OPEN_ACCESS: Access = {
  identify: () => Promise.resolve({ user: undefined }),
  allows: () => true,
};
