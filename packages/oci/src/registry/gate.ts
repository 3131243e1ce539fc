/**
 * At most so many at once, in the order of their coming. One gate is shared by all transfers with a host.
 *
 * @module
 */
export interface Gate {
  /** Waits for its turn, runs the work, and lets the next one in, however it ends. */
  pass<T>(work: () => Promise<T>, options?: { readonly signal?: AbortSignal | undefined }): Promise<T>;
  /** As `pass`, for work that goes on until the caller gives its place back. Calling `leave` twice does nothing more. */
  enter(options?: { readonly signal?: AbortSignal | undefined }): Promise<() => void>;
}

/** @throws {RangeError} when `width` is no positive number. */
export function createGate(width: number): Gate {
  if (!(width >= 1)) throw new RangeError(`a gate lets one or more pass, not ${width}`);
  let free = width;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const enter: Gate['enter'] = async ({ signal } = {}) => {
    signal?.throwIfAborted();
    if (free > 0) free -= 1;
    else await waitForTurn(waiting, signal);
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };
  return {
    enter,
    async pass(work, options) {
      const done = await enter(options);
      try {
        return await work();
      } finally {
        done();
      }
    },
  };
}

async function waitForTurn(waiting: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      waiting.splice(waiting.indexOf(turn), 1);
      reject(signal?.reason as Error);
    };
    const turn = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    waiting.push(turn);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
