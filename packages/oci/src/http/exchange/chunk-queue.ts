/**
 * Chunks between one writer, who pushes, and one reader, who waits.
 *
 * What came before the end, or before a failure, is read first.
 *
 * @module
 */
export interface ChunkQueue {
  readonly bytes: number;
  /** Whether the end or a failure was told. */
  readonly settled: boolean;
  push(chunk: Uint8Array): void;
  /** Only the first of `end` and `fail` counts. */
  end(): void;
  fail(error: unknown): void;
  /** Forgets what was pushed; with the reader gone there is nobody to read it. */
  clear(): void;
  next(): Promise<IteratorResult<Uint8Array, undefined>>;
  /** Waits for the end or a failure, whichever. */
  whenSettled(): Promise<void>;
}

type Outcome = { readonly kind: 'ended' } | { readonly kind: 'failed'; readonly error: unknown };

export function createChunkQueue(): ChunkQueue {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let outcome: Outcome | undefined;
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resume of waiting.splice(0)) resume();
  };
  const change = async (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const isOpen = (): boolean => outcome === undefined;
  const settle = (as: Outcome): void => {
    outcome ??= as;
    wake();
  };
  return {
    get bytes() {
      return bytes;
    },
    get settled() {
      return !isOpen();
    },
    push(chunk) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      wake();
    },
    end: () => settle({ kind: 'ended' }),
    fail: (error) => settle({ kind: 'failed', error }),
    clear() {
      chunks.length = 0;
      bytes = 0;
    },
    async next() {
      while (chunks.length === 0 && isOpen()) await change();
      const value = chunks.shift();
      if (value !== undefined) {
        bytes -= value.byteLength;
        return { done: false, value };
      }
      if (outcome?.kind === 'failed') throw outcome.error as Error;
      return { done: true, value: undefined };
    },
    async whenSettled() {
      while (isOpen()) await change();
    },
  };
}
