/**
 * `/v2/<name>/manifests/<tag-or-digest>`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 * @module
 */
import { parseTag, type Tag } from '@squizzle/oci-spec';
import { RegistryError } from '../../registry-error.ts';
import type { ManifestReference, ManifestService } from '../../services/manifests.ts';
import { isAcceptable } from '../accept.ts';
import { isNotModified, readTagCondition, requireMatch } from '../conditional.ts';
import { headersByDigest, headersByTag } from '../content-headers.ts';
import type { Exchange } from '../exchange.ts';
import { quote } from '../path-parameters.ts';
import { readBounded } from '../request-body.ts';
import { respond } from '../respond.ts';
import type { RouteOf } from '../routes.ts';

export type ManifestHandler = (exchange: Exchange, route: RouteOf<'manifest'>) => Promise<void>;

export function createManifestHandler(manifests: ManifestService): ManifestHandler {
  const get: ManifestHandler = async (exchange, { repository, reference }) => {
    const { headers } = exchange.request;
    const { digest, mediaType, bytes } = await manifests.get(repository, reference);
    if (!isAcceptable(headers.accept, mediaType)) refuseToServe(headers.accept ?? '', mediaType);
    const about = reference.type === 'tag' ? headersByTag(digest) : headersByDigest(digest);
    requireMatch(headers['if-match'], digest);
    if (isNotModified(headers['if-none-match'], digest)) respond(exchange, 304, about);
    else respond(exchange, 200, ['Content-Type', mediaType, ...about], bytes);
  };

  const put: ManifestHandler = async (exchange, { repository, reference }) => {
    const { headers } = exchange.request;
    const tags = readTags(exchange.query, reference);
    const condition = readTagCondition(headers['if-match'], headers['if-none-match']);
    const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    const bytes = await readBounded(exchange, exchange.limits.manifestBytes);
    const {
      digest,
      subject,
      tags: tagged,
    } = await manifests.put(repository, reference, {
      bytes,
      tags,
      ...(mediaType !== undefined && mediaType !== '' && { mediaType }),
      ...(condition !== undefined && { condition }),
    });
    const answer = ['Location', `/v2/${repository}/manifests/${digest}`, 'Docker-Content-Digest', digest];
    if (subject !== undefined) answer.push('OCI-Subject', subject);
    if (reference.type === 'digest' && tagged.length > 0) answer.push('OCI-Tag', tagged.join(', '));
    respond(exchange, 201, answer);
  };

  const remove: ManifestHandler = async (exchange, { repository, reference }) => {
    const { 'if-match': ifMatch } = exchange.request.headers;
    if (reference.type === 'digest' && ifMatch !== undefined) {
      await manifests.get(repository, reference);
      requireMatch(ifMatch, reference.digest);
    }
    const condition = reference.type === 'tag' ? readTagCondition(ifMatch, undefined) : undefined;
    await manifests.delete(repository, reference, condition);
    respond(exchange, 202, []);
  };

  return async (exchange, route) => {
    const { method } = exchange.request;
    if (method === 'PUT') await put(exchange, route);
    else if (method !== 'DELETE') await get(exchange, route);
    else await remove(exchange, route);
  };
}

/** Ten times what the specification asks for: each is a file that is written and flushed. */
const MOST_TAGS = 100;

/** The tags that a push by digest asks for beside the manifest. */
function readTags(query: URLSearchParams, reference: ManifestReference): readonly Tag[] {
  const texts = query.getAll('tag');
  if (texts.length > 0 && reference.type === 'tag') {
    throw new RegistryError('REQUEST_INVALID', 'expected ?tag= on a push by digest alone, found it on one by tag');
  }
  if (texts.length > MOST_TAGS) {
    throw new RegistryError(
      'TOO_MANY_TAGS',
      `expected at most ${MOST_TAGS} times ?tag=, found it ${texts.length} times`,
    );
  }
  return texts.map((text) => {
    const tag = parseTag(text);
    if (tag !== undefined) return tag;
    throw new RegistryError('TAG_INVALID', `expected a tag in ?tag=, found ${quote(text)}`);
  });
}

function refuseToServe(accept: string, mediaType: string): never {
  throw new RegistryError(
    'NOT_ACCEPTABLE',
    `the manifest is stored as ${mediaType}, the request accepts ${quote(accept)}; add the former to Accept`,
    { detail: { mediaType } },
  );
}
