/**
 * What {@link file://./global-setup.ts} hands to tests: `inject('postgresServers')`.
 *
 * @module
 */
/** Plain data, as it crosses to the test workers. */
export interface ProvidedServer {
  /** Major version: `18`. */
  readonly version: string;
  /** Of the database `postgres`, as superuser; `null` where no such server could be started. */
  readonly url: string | null;
  /** Why there is none. */
  readonly missing: string | null;
  /** The postmaster. */
  readonly pid: number | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresServers: readonly ProvidedServer[];
  }
}
