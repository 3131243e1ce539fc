/**
 * Buffers for downloads: large ones for the first, which are kept for the next, and small ones for those beyond.
 *
 * Making 256 KiB anew for each download costs more than filling it; and a thousand clients that take their bytes slowly
 * hold a thousand pairs of buffers, so not all of them get large ones.
 *
 * @module
 */
export interface BufferPool {
  take(): Uint8Array;
  /** Everything that was taken, once. Only what nobody reads or writes any more is `reusable`. */
  giveBack(buffer: Uint8Array, reusable: boolean): void;
}

export interface BufferPoolOptions {
  readonly largeBytes: number;
  readonly smallBytes: number;
  /** Most large buffers in use at once. */
  readonly largeCount: number;
  /** Most large buffers that are kept while nobody uses them. */
  readonly keptCount: number;
}

export function createBufferPool({ largeBytes, smallBytes, largeCount, keptCount }: BufferPoolOptions): BufferPool {
  const kept: Uint8Array[] = [];
  let largeInUse = 0;
  return {
    take() {
      if (largeInUse >= largeCount) return Buffer.allocUnsafeSlow(smallBytes);
      largeInUse += 1;
      return kept.pop() ?? Buffer.allocUnsafeSlow(largeBytes);
    },
    giveBack(buffer, reusable) {
      if (buffer.byteLength !== largeBytes) return;
      largeInUse -= 1;
      if (reusable && kept.length < keptCount) kept.push(buffer);
    },
  };
}
