/**
 * One repository of one registry, as the operations of the protocol see it.
 *
 * An operation is a function of it; what is sent has gone through retries, redirects and authorization.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { RegistryHost, RepositoryName } from '@squizzle/oci-spec';
import type { RegistryIdentity } from '../auth/identity.ts';
import type { HttpBody, HttpMethod, HttpResponse } from '../http/http.ts';
import type { TransferLimits } from '../http/transfer-limits.ts';
import type { Gate } from './gate.ts';
import type { OnRegistryEvent } from './registry-event.ts';
import type { RegistryProfile } from './registry-profile.ts';
import type { RepositoryMemory } from './repository-memory.ts';
import type { Room } from './room.ts';

export interface RepositoryRequest {
  readonly method: HttpMethod;
  /** Below `/v2/<repository>/`: `manifests/v1.0.0`, already percent-encoded; or what the registry sent as `Location`. */
  readonly target: string | URL;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The right that is asked for at the token service; `push` includes `pull`. */
  readonly action: 'pull' | 'push' | 'delete';
  /** A repository of the same registry to mount from: `pull` of it is asked for too. */
  readonly mountFrom?: RepositoryName | undefined;
  readonly retry?: 'never' | undefined;
}

export interface RepositoryAccess {
  readonly host: RegistryHost;
  readonly repository: RepositoryName;
  readonly profile: RegistryProfile;
  readonly limits: TransferLimits;
  /** Shared by all transfers with the host. */
  readonly gate: Gate;
  /** Where content is held that can be read once, until the registry has it. Shared likewise. */
  readonly room: Room;
  /** Shared by all who use the repository over this connection. */
  readonly memory: RepositoryMemory;
  readonly onEvent: OnRegistryEvent;
  send(request: RepositoryRequest): Promise<HttpResponse>;
}

/** Everything that is shared by the repositories of one registry. */
export interface RegistryConnection {
  readonly host: RegistryHost;
  readonly profile: RegistryProfile;
  readonly limits: TransferLimits;
  readonly onEvent: OnRegistryEvent;
  repository(name: RepositoryName): RepositoryAccess;
  /** A request below `/v2/` that concerns no repository: the base check, the catalog. `scopes` as token services write them. */
  send(request: {
    readonly method: HttpMethod;
    /** Below `/v2/`; empty for the base itself; or what the registry sent in a `Link`. */
    readonly target: string | URL;
    readonly query?: Readonly<Record<string, string>>;
    readonly scopes?: readonly string[];
    readonly signal?: AbortSignal | undefined;
  }): Promise<HttpResponse>;
  /** Which credentials are used, if any are known. Never the secret itself. */
  describeCredentials(
    repository: RepositoryName | null,
  ): Promise<{ readonly source: string; readonly username: string | null } | undefined>;
  /**
   * Asks the registry who it takes the caller for, and what it lets them do with a repository. Nothing is left behind.
   *
   * @throws {SquizzleError} `AUTH_REQUIRED` when the credentials are refused, or there are none and nobody is let in without.
   */
  identify(repository: RepositoryName | null, options?: CallOptions): Promise<RegistryIdentity>;
  /** Ends idle connections, so that a process can end. Calls that run go on. */
  close(): Promise<void>;
}
