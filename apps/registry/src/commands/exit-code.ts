/**
 * How the program ends.
 *
 * @module
 */
export const EXIT = {
  ok: 0,
  /** A bug in the registry. */
  bug: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** The storage or the port cannot be used. */
  unusable: 7,
} as const;

/** As shells number the end by a signal. */
export const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;
