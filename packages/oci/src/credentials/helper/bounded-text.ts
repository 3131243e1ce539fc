/**
 * Text that arrives in pieces and may not become longer than a limit.
 *
 * @module
 */
export interface BoundedText {
  readonly add: (chunk: Uint8Array) => void;
  /** What came, up to the limit. */
  readonly text: () => string;
}

/** `onOverflow` is called once, with the first byte too many; what follows is dropped. */
export function boundedText(maxBytes: number, onOverflow: () => void = () => undefined): BoundedText {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    add: (chunk) => {
      const before = size;
      size += chunk.byteLength;
      if (before < maxBytes) chunks.push(chunk.subarray(0, maxBytes - before));
      if (before <= maxBytes && size > maxBytes) onOverflow();
    },
    text: () => Buffer.concat(chunks).toString(),
  };
}
