/**
 * What is known of the registries of this world: where they answer, and what they cannot do.
 *
 * @module
 */
export interface RegistryProfile {
  /** As people call it: `GitHub Container Registry`. */
  readonly name: string;
  /** The host whose API answers for references to `host`: `registry-1.docker.io` for `docker.io`. */
  readonly apiHost: string;
  /** Most tags that may be asked for in one page. */
  readonly tagsPageSize: number;
  /** `absent`: the registry is known to lack the referrers API, whatever its headers say. */
  readonly referrersApi: 'ask' | 'absent';
  /** Smallest chunk it takes, but for the last. */
  readonly minChunkBytes: number;
  /** `never`: the registry is known to let everybody who may push move every tag. */
  readonly guardsTags: 'ask' | 'never';
  /** How a tag alone is deleted: by asking, or never. */
  readonly tagDeletion: 'ask' | 'never';
  /** What a token has to allow for a deletion; default `pull,delete`. Quay takes no `delete`, it means `push`. */
  readonly deletionActions?: string | undefined;
  /** What to do when it refuses the credentials, the right to push, a deletion. */
  readonly hints: {
    readonly login: string;
    readonly forbidden: string;
    readonly deletion: string;
  };
}
