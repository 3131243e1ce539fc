/**
 * A whole registry: storage, services and app put together, for programs and tests that want one inside.
 *
 * @module
 */
import type { RequestListener } from 'node:http';
import { createApp, type App, type AppOptions } from './app.ts';
import { SILENT_LOGGER, type Logger } from './log/logger.ts';
import { startServer } from './server.ts';
import type { ManifestOptions } from './services/manifests.ts';
import { createServices } from './services/services.ts';
import type { Store } from './storage/contracts.ts';
import { createMemoryStore } from './storage/memory/memory-store.ts';

export interface RegistryOptions extends Omit<AppOptions, 'services' | 'store'>, ManifestOptions {
  /** A folder to keep content in. Left out, it is kept in memory and gone in the end. */
  readonly storage?: { readonly root: string };
  /** How long an upload lives after its last byte. Default one hour. */
  readonly uploadExpiryMs?: number;
  /** How often expired uploads are looked for. Default 5 minutes. */
  readonly sweepIntervalMs?: number;
  /** Default: no limit. */
  readonly maxBlobBytes?: number;
}

/** A registry for a server that somebody else runs. It looks for no expired uploads by itself. */
export interface Registry {
  /** For `http.createServer` or the event `request`. */
  readonly listener: RequestListener;
  /** For the event `checkContinue`; may be left out. */
  readonly checkContinue: RequestListener;
  readonly store: Store;
  close(): Promise<void>;
}

export interface StartOptions extends RegistryOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
}

/** A registry with a server of its own: `await using registry = await startRegistry()`. */
export interface RunningRegistry extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly store: Store;
  /** Lets running requests finish for `graceMs` (default 10 s), then closes the storage. Twice is as good as once. */
  stop(graceMs?: number): Promise<void>;
}

const SWEEP_MS = 5 * 60 * 1_000;
/** The longest time a timer of Node can be set to. */
const LONGEST_MS = 2 ** 31 - 1;
/** What the storage may take to end what nobody waits for any more. It is safe to leave at any moment. */
const CLOSE_MS = 1_000;
/** The end of a test waits for nobody. */
const DISPOSE_GRACE_MS = 0;

export async function createRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const { app, store } = await assemble(options);
  const { listener, checkContinue } = app;
  return { listener, checkContinue, store, close: () => store.close() };
}

/** @throws {ListenError} when the port is not to be had. */
export async function startRegistry(options: StartOptions = {}): Promise<RunningRegistry> {
  const { host = '127.0.0.1', port = 0, logger = SILENT_LOGGER, sweepIntervalMs = SWEEP_MS, limits = {} } = options;
  const { app, store } = await assemble(options);
  const server = await startServer({ app, host, port, limits, logger }).catch(async (thrown: unknown) => {
    await store.close();
    throw thrown;
  });
  const sweep = setInterval(() => void removeExpired(store, logger), Math.min(sweepIntervalMs, LONGEST_MS)).unref();
  if (options.readOnly === true) clearInterval(sweep);
  const stop = async (graceMs?: number): Promise<void> => {
    clearInterval(sweep);
    await server.stop(graceMs);
    await within(CLOSE_MS, store.close());
  };
  const { url } = server;
  return { url, host, port: server.port, store, stop, [Symbol.asyncDispose]: () => stop(DISPOSE_GRACE_MS) };
}

async function assemble(options: RegistryOptions): Promise<{ app: App; store: Store }> {
  const store = await openStore(options);
  return { app: createApp({ ...options, services: createServices(store, options), store }), store };
}

async function openStore({ storage, uploadExpiryMs, maxBlobBytes, readOnly = false }: RegistryOptions): Promise<Store> {
  const options = {
    ...(uploadExpiryMs !== undefined && { uploadExpiryMs }),
    ...(maxBlobBytes !== undefined && { maxBlobBytes }),
  };
  if (storage === undefined) return createMemoryStore(options);
  if (storage.root === '') throw new TypeError("expected a folder as storage.root, found ''");
  // Tests that keep nothing on disk do not load what does.
  const { openFilesystemStore } = await import('./storage/filesystem/filesystem-store.ts');
  return openFilesystemStore(storage.root, { ...options, readOnly });
}

async function within(timeMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeMs)));
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** A fault is logged, not thrown: the next round may do better. */
async function removeExpired({ uploads }: Store, logger: Logger): Promise<void> {
  try {
    const count = await uploads.removeExpired();
    if (count > 0) logger.info('expired uploads removed', { count });
  } catch (thrown) {
    logger.error('expired uploads cannot be removed', {
      error: thrown instanceof Error ? thrown.message : String(thrown),
    });
  }
}
