/**
 * Memory that transfers share: whoever needs some waits until there is room for it, in the order of their coming.
 *
 * @module
 */
export interface Room {
  readonly sizeBytes: number;
  /**
   * Resolves when there is room; what it answers gives it back, once.
   *
   * @throws {RangeError} for more than there can ever be. The signal's reason when aborted while waiting.
   */
  hold(bytes: number, signal?: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

export function createRoom(sizeBytes: number): Room {
  let free = sizeBytes;
  const waiting: Waiting[] = [];
  const letIn = (): void => {
    for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.bytes;
      next.enter();
    }
  };
  const wait = async (bytes: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(own), 1);
        reject(signal?.reason as Error);
        letIn(); // who waits behind may need less
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const own: Waiting = { bytes, enter };
      waiting.push(own);
      signal?.addEventListener('abort', onAbort, { once: true });
      letIn();
    });
  return {
    sizeBytes,
    async hold(bytes, signal) {
      if (!(bytes <= sizeBytes)) throw new RangeError(`${bytes} bytes never fit where there is room for ${sizeBytes}`);
      signal?.throwIfAborted();
      await wait(bytes, signal);
      let held = true;
      return () => {
        if (held) free += bytes;
        held = false;
        letIn();
      };
    },
  };
}
