/** Every call that may wait takes a signal; aborting it ends the call with `CANCELLED` or the signal's reason. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}
