/**
 * The trusted root that a TUF repository hands out now. Its rule: nothing here is trusted for longer than this call.
 * What comes back is for a person to look at and for a policy to pin; verification itself never asks a mirror.
 *
 * The library knows no signal: after an abort or a timeout, a request of its own may live on until its own limit.
 *
 * @see https://theupdateframework.github.io/specification/latest/
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@squizzle/core';
import { digestHex, digestOf } from '@squizzle/oci-spec';
import { parseServiceUrl, SERVICE_URL_RULE } from '../http/service-url.ts';
import { signingFailed } from '../http/signing-failed.ts';
import { invalidRoot, parseTrustedRoot } from './parse-trusted-root.ts';
import { toTufFault } from './tuf-fault.ts';

/** Of Sigstore's public good instance; the library brings its root. */
export const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';

const TARGET = 'trusted_root.json';
const TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** A mirror that fails for a moment is asked once more. */
const RETRY = { retries: 1, minTimeout: 200, maxTimeout: 1000 };

export interface FetchTrustedRootOptions extends CallOptions {
  /** Metadata lie there, targets in `targets/` below. */
  readonly mirrorUrl: string;
  /**
   * The `root.json` that everything must follow from, got on a way one trusts. `null` for `PUBLIC_GOOD_MIRROR` alone.
   * Each has a cache of its own, so that the one that is given always counts.
   */
  readonly rootJson: string | null;
  /** Holds what was seen last, so that a mirror cannot go back to older files or replaced keys. Nothing else is kept. */
  readonly cacheFolder: string;
  /** Of everything together. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

export interface FetchedTrustedRoot {
  /** As published: what to keep. */
  readonly bytes: Uint8Array;
  /** Of the bytes, as hex: what to pin. */
  readonly sha256: string;
}

/**
 * @throws {SquizzleError} `TRUST_ROOT_INVALID` for what is not signed as the root asks, has expired, is older than what
 *   was seen before, or is no trusted root; `SIGNING_FAILED` where the mirror does not answer, or with a failure;
 *   `STORE_UNUSABLE` where the cache cannot be written. The signal's reason when aborted.
 */
export async function fetchTrustedRoot(options: FetchTrustedRootOptions): Promise<FetchedTrustedRoot> {
  const mirror = readMirrorUrl(options.mirrorUrl);
  const service = `TUF mirror at ${mirror.origin}`;
  if (options.rootJson === null && mirrorUrlOf(mirror) !== PUBLIC_GOOD_MIRROR) {
    throw invalidRoot(service, 'no root.json is known for it: give the one that its operator hands out');
  }
  const bytes = await withinTime(() => download(mirror, service, options), service, options);
  parseTrustedRoot(bytes, `${TARGET} of ${service}`);
  return { bytes, sha256: digestHex(digestOf(bytes)) };
}

async function download(
  mirror: URL,
  service: string,
  { rootJson, cacheFolder, timeoutMs = TIMEOUT_MS }: FetchTrustedRootOptions,
): Promise<Uint8Array> {
  try {
    await using root = await writeRoot(rootJson, cacheFolder);
    const { initTUF } = await import('@sigstore/tuf'); // heavy, and seldom needed
    const client = await initTUF({
      mirrorURL: mirrorUrlOf(mirror),
      cachePath: cacheFolderOf(rootJson, cacheFolder),
      ...(root.path === null ? {} : { rootPath: root.path }),
      retry: RETRY,
      timeout: Math.min(timeoutMs, REQUEST_TIMEOUT_MS),
    });
    return Buffer.from(await client.getTarget(TARGET));
  } catch (thrown) {
    throw toTufFault(thrown, service, cacheFolder);
  }
}

function cacheFolderOf(rootJson: string | null, cacheFolder: string): string {
  return join(cacheFolder, rootJson === null ? 'public-good' : digestHex(digestOf(Buffer.from(rootJson))));
}

/** The library takes a file alone. */
async function writeRoot(
  json: string | null,
  cacheFolder: string,
): Promise<AsyncDisposable & { readonly path: string | null }> {
  await mkdir(cacheFolder, { recursive: true });
  if (json === null) return { path: null, [Symbol.asyncDispose]: async () => undefined };
  const folder = await mkdtemp(join(cacheFolder, 'root-'));
  const path = join(folder, 'root.json');
  await writeFile(path, json);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function withinTime<T>(
  work: () => Promise<T>,
  service: string,
  { signal, timeoutMs = TIMEOUT_MS }: FetchTrustedRootOptions,
): Promise<T> {
  signal?.throwIfAborted();
  const stopped = new AbortController();
  const late = `it did not answer within ${timeoutMs} ms: try again, or look at its status`;
  const timer = setTimeout(() => stopped.abort(signingFailed(service, null, late)), timeoutMs);
  const abort = (): void => stopped.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), rejectOnAbort(stopped.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function readMirrorUrl(text: string): URL {
  const url = parseServiceUrl(text);
  if (url === undefined || url.search !== '') {
    throw invalidRoot('TUF mirror', `its address is not ${SERVICE_URL_RULE}, without a query: correct it`);
  }
  return url;
}

/** As the library looks it up, and appends to it. */
const mirrorUrlOf = ({ href }: URL): string => href.replace(/\/+$/, '');
