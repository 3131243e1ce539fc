/**
 * `/v2/<name>/blobs/<digest>`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { RegistryError } from '../../registry-error.ts';
import type { BlobService } from '../../services/blobs.ts';
import type { BufferPool } from '../buffer-pool.ts';
import { etagOf, isNotModified, requireMatch } from '../conditional.ts';
import { headersByDigest } from '../content-headers.ts';
import type { Exchange } from '../exchange.ts';
import { parseRange } from '../range.ts';
import { respond, writeHead } from '../respond.ts';
import type { RouteOf } from '../routes.ts';
import { sendBlob, type BlobPart } from '../send-blob.ts';

export type BlobHandler = (exchange: Exchange, route: RouteOf<'blob'>) => Promise<void>;

const BYTES = ['Content-Type', 'application/octet-stream', 'Accept-Ranges', 'bytes'] as const;

export function createBlobHandler(blobs: BlobService, pool: BufferPool): BlobHandler {
  const get: BlobHandler = async (exchange, { repository, digest }) => {
    const reader = await blobs.open(repository, digest);
    try {
      await sendBlob(exchange, reader, choosePart(exchange, digest, reader.sizeBytes), pool);
    } finally {
      await reader.close();
    }
  };
  return async (exchange, route) => {
    const { method, headers } = exchange.request;
    const { repository, digest } = route;
    if (headers['if-match'] !== undefined) {
      await blobs.stat(repository, digest);
      requireMatch(headers['if-match'], digest);
    }
    if (method === 'DELETE') {
      await blobs.delete(repository, digest);
      respond(exchange, 202, []);
    } else if (isNotModified(headers['if-none-match'], digest)) {
      await blobs.stat(repository, digest);
      respond(exchange, 304, headersByDigest(digest));
    } else if (method === 'HEAD') {
      const { sizeBytes } = await blobs.stat(repository, digest);
      writeHead(exchange, 200, ['Content-Length', String(sizeBytes), ...BYTES, ...headersByDigest(digest)]);
      exchange.response.end();
    } else {
      await get(exchange, route);
    }
  };
}

function choosePart({ request }: Exchange, digest: Digest, sizeBytes: number): BlobPart {
  const { range: wanted, 'if-range': ifRange } = request.headers;
  const range = parseRange(wanted, ifRange?.toString(), etagOf(digest), sizeBytes);
  const headers = [...BYTES, ...headersByDigest(digest)];
  if (range.type === 'whole') return { status: 200, headers, start: 0, end: sizeBytes };
  if (range.type === 'unsatisfiable') {
    throw new RegistryError('RANGE_NOT_SATISFIABLE', `the blob has ${sizeBytes} bytes, none of them in that range`, {
      headers: { 'Content-Range': `bytes */${sizeBytes}` },
      detail: { digest, sizeBytes },
    });
  }
  const { start, end } = range;
  return { status: 206, headers: [...headers, 'Content-Range', `bytes ${start}-${end - 1}/${sizeBytes}`], start, end };
}
