/**
 * One request for a blob, or for the rest of it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { ContentId, Digest } from '@squizzle/oci-spec';
import type { HttpHeaders, HttpResponse } from '../../../http/http.ts';
import { describePlace, expectStatus, responseInvalid } from '../../response-error.ts';
import type { RepositoryAccess } from '../../repository-access.ts';
import { quoteText } from '../../shown-text.ts';
import { blobTarget, pullSubject } from '../blob-subject.ts';
import { parseFirstByte } from '../byte-range.ts';
import { checkContentDigest } from '../content-digest.ts';

export interface Download {
  /** Begins with the byte that was asked for. */
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>;
  /** Whether the registry began at the start, though the rest was asked for. */
  readonly resent: boolean;
  /** Whether the registry said that it has no more than what has come. */
  isWhole(doneBytes: number): boolean;
  /** To go on with this and no other content. */
  readonly validator: string | undefined;
}

export interface DownloadFrom {
  /** How many bytes there are already. */
  readonly from: number;
  readonly validator: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Told of all bytes that come, also of those that there are already. What it throws ends the download. */
  readonly onBytes: (count: number) => void;
}

/** `beyond-end`: the registry's blob ends before the byte that is asked for. */
export async function openDownload(
  access: RepositoryAccess,
  descriptor: ContentId,
  { from, validator, signal, onBytes }: DownloadFrom,
): Promise<Download | 'beyond-end'> {
  const target = blobTarget(descriptor.digest);
  const headers = { 'accept-encoding': 'identity', ...rangeHeaders(from, validator) };
  const response = await access.send({ method: 'GET', target, headers, action: 'pull', signal });
  try {
    return await readAnswer(response, access, descriptor, { from, onBytes });
  } catch (thrown) {
    await response.discard();
    throw thrown;
  }
}

function rangeHeaders(from: number, validator: string | undefined): Readonly<Record<string, string>> {
  if (from === 0) return {};
  return { range: `bytes=${from}-`, ...(validator !== undefined && { 'if-range': validator }) };
}

async function readAnswer(
  response: HttpResponse,
  access: RepositoryAccess,
  descriptor: ContentId,
  { from, onBytes }: Pick<DownloadFrom, 'from' | 'onBytes'>,
): Promise<Download | 'beyond-end'> {
  const { status, headers } = response;
  if (status === 404) throw contentNotFound(access, descriptor.digest);
  if (status === 416 && from > 0) {
    await response.discard();
    return 'beyond-end';
  }
  await expectStatus(response, access, pullSubject(descriptor), 200, ...(from > 0 ? [206] : []));
  checkContentDigest(response, access, descriptor);
  checkIdentity(response, access);
  if (status === 206) checkStart(response, access, from);
  const first = status === 206 ? from : 0;
  const length = parseLength(headers);
  return {
    chunks: bytesAfter(response, from - first, onBytes),
    resent: first < from,
    isWhole: (doneBytes) => length !== undefined && doneBytes >= first + length,
    validator: strongValidator(headers),
  };
}

/** A digest is one of bytes as they are: what was compressed on the way can be neither counted nor gone on with. */
function checkIdentity(response: HttpResponse, access: RepositoryAccess): void {
  const encoding = response.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return;
  throw responseInvalid(
    access,
    response,
    `expected the blob as it is, found Content-Encoding ${quoteText(encoding, response)}`,
  );
}

function checkStart(response: HttpResponse, access: RepositoryAccess, from: number): void {
  const range = response.headers.get('content-range');
  if (parseFirstByte(range) === from) return;
  const found = range === undefined ? 'no Content-Range' : `Content-Range ${quoteText(range, response)}`;
  throw responseInvalid(access, response, `expected the blob from byte ${from} on, found ${found}`);
}

/** Leaves out the first `skip` bytes. The connection is given back however it ends. */
async function* bytesAfter(
  response: HttpResponse,
  skip: number,
  onBytes: DownloadFrom['onBytes'],
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = skip;
  try {
    for await (const chunk of response.body) {
      onBytes(chunk.byteLength);
      if (chunk.byteLength > left) yield left === 0 ? chunk : chunk.subarray(left);
      left = Math.max(0, left - chunk.byteLength);
    }
  } finally {
    await response.discard();
  }
}

/** RFC 9110 section 13.1.5: a weak one is good for no range. */
function strongValidator(headers: HttpHeaders): string | undefined {
  const etag = headers.get('etag')?.trim();
  return etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : undefined;
}

function parseLength(headers: HttpHeaders): number | undefined {
  const text = headers.get('content-length')?.trim() ?? '';
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

function contentNotFound(access: RepositoryAccess, digest: Digest): SquizzleError<'CONTENT_NOT_FOUND'> {
  return new SquizzleError(
    'CONTENT_NOT_FOUND',
    `${describePlace(access)} has no blob ${digest}; push it first, or, where the registry lost it, push the release again with --repair`,
    {
      digest,
    },
  );
}
