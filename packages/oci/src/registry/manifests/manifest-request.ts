/**
 * How requests about a manifest are addressed, and how they are called in errors.
 *
 * @module
 */
import { MEDIA_TYPES, parseDigest, type Digest, type Tag } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { responseInvalid, type ResponsePlace, type ResponseSubject } from '../response-error.ts';
import { quoteText } from '../shown-text.ts';

/** Every kind that is understood: a registry converts or hides what is not accepted. */
export const MANIFEST_HEADERS: Readonly<Record<string, string>> = {
  accept: [
    MEDIA_TYPES.ociManifest,
    MEDIA_TYPES.ociIndex,
    MEDIA_TYPES.dockerManifest,
    MEDIA_TYPES.dockerManifestList,
  ].join(', '),
  'accept-encoding': 'identity',
};

/** Tags and digests are checked when they are made: nothing in them needs to be encoded. */
export function manifestTarget(reference: Tag | Digest): string {
  return `manifests/${reference}`;
}

export function manifestSubject(reference: Tag | Digest, action: ResponseSubject['action']): ResponseSubject {
  const what = parseDigest(reference) === undefined ? 'tag' : 'manifest';
  return { what, name: reference, doing: `${action} the ${what} ${reference}`, action };
}

/** `Content-Type` without its parameters, which registries should not send and some do. */
export function mediaTypeOf({ headers }: HttpResponse): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * The digest that the registry says the content has; `undefined` where it says none, as before specification 1.1.
 *
 * @throws {SquizzleError} `RESPONSE_INVALID` for what is no digest, or one that cannot be verified here.
 */
export function servedDigest(response: HttpResponse, place: ResponsePlace): Digest | undefined {
  const text = response.headers.get('docker-content-digest')?.trim();
  if (text === undefined || text === '') return undefined;
  const digest = parseDigest(text);
  if (digest !== undefined) return digest;
  const reason = `expected Docker-Content-Digest to be a sha256 or sha512 digest, found ${quoteText(text, response)}`;
  throw responseInvalid(place, response, reason);
}
