/**
 * Bytes that a test holds back, to act while a chunk is arriving.
 *
 * @module
 */
export interface HeldSource {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Resolves when the store has taken the first bytes and waits for more. */
  readonly waiting: Promise<void>;
  /** Lets the rest through. */
  release(): void;
}

export function createHeldSource(first: Uint8Array, rest: Uint8Array): HeldSource {
  const waiting = createSignal();
  const released = createSignal();
  async function* hold(): AsyncGenerator<Uint8Array> {
    yield first;
    waiting.send();
    await released.received;
    yield rest;
  }
  return { bytes: hold(), waiting: waiting.received, release: released.send };
}

interface Signal {
  readonly received: Promise<void>;
  send(): void;
}

function createSignal(): Signal {
  let resolveReceived: (() => void) | undefined;
  const received = new Promise<void>((resolve) => {
    resolveReceived = resolve;
  });
  return { received, send: () => resolveReceived?.() };
}
