/**
 * Lookups that several callers share: one at a time for each key, its result kept for a while.
 *
 * A helper is a program to start and a keychain to open; a client asks for the same credentials with many requests.
 * A caller who leaves does not end the lookup for the others; when the last one has left, it ends. Faults are not kept.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';

export type Lookup<T> = (signal: AbortSignal) => Promise<T>;

/** Answers what the running or kept lookup for the key gives; only without one `look` is called. */
export type SharedLookup<T> = (key: string, look: Lookup<T>, options?: CallOptions) => Promise<T>;

export interface SharedLookupOptions {
  /** How long a result is kept. */
  readonly keepMs: number;
  /** Milliseconds since an arbitrary start, never going back. Tests pass their own. */
  readonly now?: (() => number) | undefined;
}

interface Shared<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
  /** From when on it is looked up anew; `undefined` while it runs. */
  expiresAt: number | undefined;
}

export function createSharedLookup<T>({ keepMs, now = () => performance.now() }: SharedLookupOptions): SharedLookup<T> {
  const known = new Map<string, Shared<T>>();
  const forget = (key: string, shared: Shared<T>): void => {
    if (known.get(key) === shared) known.delete(key);
  };
  const start = (key: string, look: Lookup<T>): Shared<T> => {
    const stop = new AbortController();
    const shared: Shared<T> = { result: look(stop.signal), stop, waiting: 0, expiresAt: undefined };
    known.set(key, shared);
    shared.result.then(
      () => (shared.expiresAt = now() + keepMs),
      () => forget(key, shared),
    );
    return shared;
  };
  const current = (key: string): Shared<T> | undefined => {
    for (const [each, shared] of known) {
      if (shared.expiresAt !== undefined && shared.expiresAt <= now()) known.delete(each);
    }
    return known.get(key);
  };
  return async (key, look, { signal } = {}) => {
    signal?.throwIfAborted();
    const shared = current(key) ?? start(key, look);
    shared.waiting += 1;
    try {
      return await raceAbort(shared.result, signal);
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0 && shared.expiresAt === undefined) {
        forget(key, shared);
        shared.stop.abort(signal?.reason);
      }
    }
  };
}

async function raceAbort<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  const listening = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: listening.signal });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    listening.abort();
  }
}
