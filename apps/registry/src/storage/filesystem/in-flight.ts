/**
 * Counts what is under way, so that closing can wait for it.
 *
 * @module
 */
import { RegistryError } from '../../registry-error.ts';

export interface InFlight {
  /** @throws {RegistryError} `UNAVAILABLE` once closed. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** For long work, between its steps. @throws {RegistryError} `UNAVAILABLE` once closed. */
  requireOpen(): void;
  /** Refuses what comes from now on, and resolves when all that is under way has ended. */
  close(): Promise<void>;
}

export function createInFlight(): InFlight {
  let count = 0;
  let closed: Promise<void> | undefined;
  let whenIdle: (() => void) | undefined;
  const requireOpen = (): void => {
    if (closed !== undefined) throw new RegistryError('UNAVAILABLE', 'the storage is closed: the server is ending');
  };

  return {
    requireOpen,
    async run(work) {
      requireOpen();
      count += 1;
      try {
        return await work();
      } finally {
        count -= 1;
        if (count === 0) whenIdle?.();
      }
    },
    async close() {
      closed ??= count === 0 ? Promise.resolve() : new Promise<void>((resolve) => (whenIdle = resolve));
      await closed;
    },
  };
}

type Operations<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/** The same operations, each of them counted. */
export function counted<T extends Operations<T>>(inFlight: InFlight, operations: T): T {
  const entries = Object.entries<(...args: never[]) => Promise<unknown>>(operations);
  return Object.fromEntries(
    entries.map(([name, operation]) => [
      name,
      async (...args: never[]) => inFlight.run(async () => operation(...args)),
    ]),
  ) as unknown as T;
}
