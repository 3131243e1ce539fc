/**
 * The referrers API: the registry itself knows what is attached.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 * @module
 */
import type { ReferrerOptions } from '@squizzle/core';
import { LIMITS, MEDIA_TYPES, parseImageIndex, type Descriptor, type Digest } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { readWords } from '../error-body.ts';
import { isWithinBounds, type JsonBounds } from '../lists/json-bounds.ts';
import { readPages } from '../lists/pages.ts';
import { mediaTypeOf } from '../manifests/manifest-request.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { responseInvalid, type ResponseSubject } from '../response-error.ts';

const WHAT = 'the list of referrers';
/** Of one page. An entry has some ten values, annotations counted. */
const BOUNDS: JsonBounds = { depth: LIMITS.jsonDepth, values: 200_000 };

/** `no-repository`: there is nothing to ask about yet, which says nothing about the API. */
export type ReferrersAnswer = readonly Descriptor[] | 'no-api' | 'no-repository';

/**
 * Every referrer of the subject, in the registry's order. The type is a wish: registries may ignore it.
 *
 * @throws {SquizzleError} as `readPages`; `RESPONSE_INVALID` for what is no index.
 */
export async function askReferrers(
  access: RepositoryAccess,
  subject: Digest,
  { artifactType, signal }: ReferrerOptions = {},
): Promise<ReferrersAnswer> {
  const headers = { accept: MEDIA_TYPES.ociIndex };
  const firstPage = { target: `referrers/${subject}`, query: artifactType === undefined ? {} : { artifactType } };
  const ask = async (next: URL | undefined): Promise<HttpResponse> =>
    access.send({
      method: 'GET',
      headers,
      action: 'pull',
      signal,
      ...(next === undefined ? firstPage : { target: next }),
    });
  const first = await ask(undefined);
  if (first.status === 404) {
    const { codes } = await readWords(first, access.limits.errorBytes);
    return codes.includes('NAME_UNKNOWN') ? 'no-repository' : 'no-api';
  }
  const about: ResponseSubject = {
    what: 'manifest',
    name: subject,
    doing: `list what refers to ${subject}`,
    action: 'pull',
  };
  const found: Descriptor[] = [];
  for await (const { response, bytes } of readPages(first, {
    place: access,
    subject: about,
    what: WHAT,
    ask,
    signal,
  })) {
    if (mediaTypeOf(response) !== MEDIA_TYPES.ociIndex) {
      throw responseInvalid(access, response, `${WHAT}: expected ${MEDIA_TYPES.ociIndex}, found another media type`);
    }
    if (!isWithinBounds(bytes, BOUNDS)) {
      throw responseInvalid(
        access,
        response,
        `${WHAT}: expected at most ${BOUNDS.values} values, found more, or a maze`,
      );
    }
    found.push(...parseImageIndex(bytes).manifests);
  }
  return found;
}
