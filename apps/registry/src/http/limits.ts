/**
 * What one client may cost the server in time and memory, in one place.
 *
 * @module
 */
import { LIMITS } from '@squizzle/oci-spec';

export interface HttpLimits {
  /** Largest manifest body. More than 4 MiB has no effect: no parser takes more. */
  readonly manifestBytes: number;
  /** A body that brings no byte for so long is given up with 408. */
  readonly bodyIdleMs: number;
  /** A download of which the client takes no byte for so long is cut off. */
  readonly sendIdleMs: number;
  /** What is still read of a refused body, so that the client gets to see the answer, and for how long. */
  readonly drainBytes: number;
  readonly drainMs: number;
  /** How long the head of a request may take. */
  readonly headersMs: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveMs: number;
  /** Largest head of a request: request line and headers. */
  readonly headerBytes: number;
  /** Connections at once; more are closed when they come in. Left out, as many as the system allows. */
  readonly connections?: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  manifestBytes: LIMITS.manifestBytes,
  bodyIdleMs: 60_000,
  sendIdleMs: 60_000,
  drainBytes: 4 * 1024 * 1024,
  drainMs: 1_000,
  headersMs: 20_000,
  keepAliveMs: 75_000,
  headerBytes: 16 * 1024,
};
