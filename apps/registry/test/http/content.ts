/**
 * Content for tests, and how a client pushes it.
 *
 * @module
 */
import { digestOf, MEDIA_TYPES, type Digest } from '@squizzle/oci-spec';
import type { TestServer } from './test-server.ts';

export interface Content {
  readonly bytes: Buffer;
  readonly digest: Digest;
}

export const EMPTY_CONFIG = contentOf('{}');

export function contentOf(data: string | Uint8Array): Content {
  const bytes = Buffer.from(data);
  return { bytes, digest: digestOf(bytes) };
}

/** `sizeBytes` bytes, each place telling where it is. */
export function patternOf(sizeBytes: number): Content {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at++) bytes[at] = at * 31 + (at >> 8);
  return contentOf(bytes);
}

/** An artifact without layers; `more` is added to the document. */
export function manifestOf(more: Readonly<Record<string, unknown>> = {}): Content {
  const config = { mediaType: MEDIA_TYPES.ociEmpty, digest: EMPTY_CONFIG.digest, size: 2 };
  return contentOf(
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: [], ...more }),
  );
}

export async function pushBlob(server: TestServer, repository: string, { bytes, digest }: Content): Promise<void> {
  const { status, text } = await server.send('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    body: bytes,
  });
  if (status !== 201) throw new TypeError(`pushing a blob: ${status} ${text}`);
}

/** With the config it refers to. */
export async function pushManifest(
  server: TestServer,
  repository: string,
  reference: string,
  { bytes }: Content,
): Promise<void> {
  await pushBlob(server, repository, EMPTY_CONFIG);
  const { status, text } = await server.send('PUT', `/v2/${repository}/manifests/${reference}`, { body: bytes });
  if (status !== 201) throw new TypeError(`pushing a manifest: ${status} ${text}`);
}
