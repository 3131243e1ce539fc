/**
 * Which image is meant: by its name, or by the first digits of its id or digest.
 *
 * @module
 */
import { SquizzleError, type CallOptions } from '@squizzle/core';
import { digestHex, type Digest } from '@squizzle/oci-spec';
import { fileSize } from '../../layout/layout-fs.ts';
import { parseImageName } from './image-name.ts';
import type { ImagePaths } from './image-paths.ts';
import { digestsIn, readIfWhole, type SeenStorage } from './stored-image.ts';

const DIGITS = /^(?:sha256:)?([a-f0-9]{1,64})$/;

/**
 * Names come before digits: an image may be called `cafe`.
 *
 * @throws {SquizzleError} `ARTIFACT_NOT_FOUND`; `SELECTOR_INVALID` when several images fit.
 */
export async function locateImage(storage: SeenStorage, reference: string, options: CallOptions): Promise<Digest> {
  const { fs, paths, tags } = storage;
  const name = parseImageName(reference);
  const named = name === undefined ? undefined : tags.get(name);
  if (named !== undefined && (await fileSize(fs, paths.image(named))) !== undefined) return named;
  const digits = DIGITS.exec(reference)?.[1];
  const found = digits === undefined ? [] : await findByDigits(storage, digits, options);
  const [first] = found;
  if (first === undefined) throw imageNotFound(paths, reference);
  if (found.length === 1) return first;
  const message = `'${reference}' fits ${found.length} images; write more of the digits, or the name`;
  throw new SquizzleError('SELECTOR_INVALID', message, { selector: reference });
}

export function imageNotFound({ root }: ImagePaths, reference: string): SquizzleError<'ARTIFACT_NOT_FOUND'> {
  const message = `${root} has no image '${reference}'; list shows what there is`;
  return new SquizzleError('ARTIFACT_NOT_FOUND', message, { selector: reference });
}

/** A damaged image is found by its file's name, so that it can be removed. */
async function findByDigits(storage: SeenStorage, digits: string, options: CallOptions): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for (const digest of await digestsIn(storage)) {
    const fits = digestHex(digest).startsWith(digits) || (await hasId(storage, digest, digits, options));
    if (fits) found.push(digest);
  }
  return found;
}

async function hasId({ paths }: SeenStorage, digest: Digest, digits: string, options: CallOptions): Promise<boolean> {
  const read = await readIfWhole(paths, digest, options);
  return typeof read !== 'string' && digestHex(read.imageId).startsWith(digits);
}
