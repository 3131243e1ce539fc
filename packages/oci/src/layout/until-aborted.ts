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
  const aborted = whenAborted(signal);
  let open = false;
  try {
    for (;;) {
      open = false; // one that throws has closed itself
      const next = await Promise.race([iterator.next(), aborted.promise]);
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

function whenAborted(signal: AbortSignal): { readonly promise: Promise<never>; readonly forget: () => void } {
  const listening = new AbortController();
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true, signal: listening.signal });
  });
  promise.catch(() => undefined); // the source may end first
  return { promise, forget: () => listening.abort() };
}
