/**
 * What can go wrong with a service, on demand. All hold until other faults are set.
 *
 * @module
 */

export type NetworkFault =
  /** The status, with a JSON body whose message repeats the request with every secret in it, as real services do. */
  | number
  /** Takes the request and never answers. */
  | 'hang'
  /** Begins an answer and never ends it. */
  | 'stall'
  /** Closes the connection without an answer. */
  | 'drop'
  /** Success, with a body that is no answer to anything. */
  | 'garbage'
  /** Success, with a body without end. */
  | 'flood'
  /** 307 to a server that is none of ours: `requests` has what it was sent as `elsewhere`. */
  | 'redirect';

/** `wrong-key`: for another key than the request's. `stranger`: of an authority that the trusted root lacks. */
export type FulcioFault = NetworkFault | 'wrong-key' | 'stranger' | 'no-sct';
/**
 * `wrong-entry`: an entry of the log, but not the one that was sent. `stranger`: signed by an unknown log. `lost`: the
 * entry is logged and the answer lost, so that who asks again is told 409 (version 1).
 */
export type RekorFault = NetworkFault | 'wrong-entry' | 'stranger' | 'lost';
/** `wrong-imprint`: a timestamp of other bytes. `stale`: of the day before. */
export type TsaFault = NetworkFault | 'wrong-imprint' | 'stale';
/** `wrong-bytes`: files have one byte more than was signed. */
export type TufFault = NetworkFault | 'wrong-bytes';

export interface Faults {
  readonly oidc?: NetworkFault;
  readonly fulcio?: FulcioFault;
  /** Of both versions. */
  readonly rekor?: RekorFault;
  readonly tsa?: TsaFault;
  readonly tuf?: TufFault;
}

export type ServiceName = keyof Faults;

const WORDS: ReadonlySet<unknown> = new Set(['hang', 'stall', 'drop', 'garbage', 'flood', 'redirect']);

export const isNetworkFault = (fault: number | string | undefined): fault is NetworkFault =>
  typeof fault === 'number' || WORDS.has(fault);
