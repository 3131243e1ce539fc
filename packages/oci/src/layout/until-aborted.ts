/**
 * A source that stops when a signal does, also while it keeps its reader waiting.
 *
 * @module
 */
import type { Bytes } from '@squizzle/oci-spec';

/** Passes the source through; throws the signal's reason as soon as it is aborted. The source is closed either way. */
export async function* untilAborted(
  source: Bytes,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const aborted = watchAbort(signal);
  let open = false;
  try {
    for (;;) {
      open = false; // one that throws has closed itself
      const next = await aborted.unless(async () => iterator.next());
      if (next.done === true) return;
      open = true;
      yield next.value;
    }
  } finally {
    aborted.forget();
    if (signal.aborted) closeUnawaited(iterator);
    else if (open) await iterator.return?.();
  }
}

/** A source that never answers would not answer this either. */
function closeUnawaited(iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>): void {
  Promise.resolve(iterator.return?.()).catch(() => undefined);
}

interface AbortWatch {
  /** What `wait` comes to, unless the signal is aborted first. One at a time. */
  unless<T>(wait: () => Promise<T>): Promise<T>;
  forget(): void;
}

/** No `Promise.race`: one with a promise that lives on keeps each result it ever saw, here the whole content. */
function watchAbort(signal: AbortSignal): AbortWatch {
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => interrupt?.(signal.reason);
  signal.addEventListener('abort', onAbort);
  return {
    async unless(wait) {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        interrupt = reject;
        wait().then(resolve, reject);
      });
    },
    forget: () => signal.removeEventListener('abort', onAbort),
  };
}
