/**
 * A chunk of an upload as its headers describe it.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 * @module
 */
import { RegistryError } from '../registry-error.ts';
import type { Chunk } from '../storage/contracts.ts';
import type { Exchange } from './exchange.ts';
import { quote } from './path-parameters.ts';
import { announcedLength, readBody } from './request-body.ts';

const CONTENT_RANGE = /^([0-9]{1,15})-([0-9]{1,15})$/;

/**
 * The request's body as a chunk. Nothing of it is read yet.
 *
 * @throws {RegistryError} `UPLOAD_INVALID` for a `Content-Range` that cannot be read; `SIZE_INVALID` when it and
 *   `Content-Length` differ.
 */
export function readChunk(exchange: Exchange): Chunk {
  const announced = announcedLength(exchange.request);
  const bytes = readBody(exchange);
  const range = exchange.request.headers['content-range'];
  if (range === undefined) return { bytes, ...(announced !== undefined && { sizeBytes: announced }) };
  const [, first, last] = CONTENT_RANGE.exec(range) ?? [];
  const offset = Number(first);
  const sizeBytes = Number(last) - offset + 1;
  if (!(sizeBytes > 0)) {
    throw new RegistryError(
      'UPLOAD_INVALID',
      `expected Content-Range as <first byte>-<last byte>, both counted from 0, found ${quote(range)}`,
    );
  }
  if (announced !== undefined && announced !== sizeBytes) {
    throw new RegistryError(
      'SIZE_INVALID',
      `Content-Range ${range} is ${sizeBytes} bytes, Content-Length ${announced}`,
    );
  }
  return { bytes, offset, sizeBytes };
}
