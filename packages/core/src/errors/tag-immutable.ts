/**
 * The refusal to publish a version a second time with other content, in the same words from every store.
 *
 * @module
 */
import type { Digest, Tag } from '@squizzle/oci-spec';
import { SquizzleError } from './squizzle-error.ts';

export function tagImmutable(tag: Tag, existing: Digest, refused: Digest): SquizzleError<'TAG_IMMUTABLE'> {
  const message = `${tag} is already published as ${existing}, not ${refused}; publish the change as a new version`;
  return new SquizzleError('TAG_IMMUTABLE', message, { tag, existing, refused });
}
