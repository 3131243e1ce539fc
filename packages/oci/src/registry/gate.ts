/**
 * At most so many at once, in the order of their coming. One gate is shared by all transfers with a host.
 *
 * Pushes and pulls have a lane each: a push may read what a pull of the same host brings, and who waits for a pull while
 * holding the last place would wait for ever.
 *
 * @module
 */
import type { TransferDirection } from './registry-event.ts';

export interface GateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default `pull`. */
  readonly lane?: TransferDirection | undefined;
}

export interface Gate {
  /** Waits for its turn, runs the work, and lets the next one in, however it ends. */
  pass<T>(work: () => Promise<T>, options?: GateOptions): Promise<T>;
  /** As `pass`, for work that goes on until the caller gives its place back. Calling `leave` twice does nothing more. */
  enter(options?: GateOptions): Promise<() => void>;
}

type EnterLane = (signal: AbortSignal | undefined) => Promise<() => void>;

/** @throws {RangeError} when `width`, that of each lane, is no positive number. */
export function createGate(width: number): Gate {
  if (!(width >= 1)) throw new RangeError(`a gate lets one or more pass, not ${width}`);
  const lanes: Readonly<Record<TransferDirection, EnterLane>> = { push: createLane(width), pull: createLane(width) };
  const enter: Gate['enter'] = async ({ signal, lane = 'pull' } = {}) => lanes[lane](signal);
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

function createLane(width: number): EnterLane {
  let free = width;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (signal) => {
    signal?.throwIfAborted();
    if (free > 0) free -= 1;
    else await waitForTurn(waiting, signal);
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
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
