/**
 * Buffers for downloads, kept for the next one: making 256 KiB anew for each costs more than filling it.
 *
 * @module
 */
export interface BufferPool {
  readonly bufferBytes: number;
  take(): Uint8Array;
  /** Only what nobody reads or writes any more. A buffer that cannot be given back is simply dropped. */
  giveBack(buffer: Uint8Array): void;
}

/** At most `keptCount` buffers are kept while nobody uses them. */
export function createBufferPool(bufferBytes: number, keptCount: number): BufferPool {
  const kept: Uint8Array[] = [];
  return {
    bufferBytes,
    take: () => kept.pop() ?? Buffer.allocUnsafeSlow(bufferBytes),
    giveBack(buffer) {
      if (kept.length < keptCount) kept.push(buffer);
    },
  };
}
