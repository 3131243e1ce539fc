/**
 * Bodies that are small enough to hold: counted while they arrive, whatever `Content-Length` says.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { HttpResponse, RequestPlace } from './http.ts';

export interface BodyLimit {
  /** For messages: 'the list of tags'. */
  readonly what: string;
  readonly limitBytes: number;
}

/** @throws {SquizzleError} `TOO_LARGE`: reading stops there and the connection is closed. */
export async function readBody(
  response: HttpResponse,
  place: RequestPlace,
  { what, limitBytes }: BodyLimit,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > limitBytes) throw tooLarge(place, response.status, { what, limitBytes });
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function tooLarge(place: RequestPlace, status: number, { what, limitBytes }: BodyLimit): SquizzleError<'TOO_LARGE'> {
  const message = `${place.registry}: ${what} has more than the ${limitBytes} bytes that are allowed`;
  const hint = 'ask who runs the registry what it sends';
  return new SquizzleError('TOO_LARGE', message, { ...place, requestId: null, status, hint, what, limitBytes });
}
