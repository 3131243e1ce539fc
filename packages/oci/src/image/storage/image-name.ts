/**
 * What images are called: references as Docker reads them, written the short way, never without a tag.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { familiarReference, formatReference, parseReference, withDefaultTag, type Reference } from '@squizzle/oci-spec';

declare const imageNameBrand: unique symbol;

/** `app:1.0`, `ghcr.io/acme/app:latest`. Two names are the same image's name when their texts are equal. */
export type ImageName = string & { readonly [imageNameBrand]: true };

/** `app` is `app:latest`. `undefined` for what is no reference, or has a digest: that is no name to give. */
export function parseImageName(text: string): ImageName | undefined {
  const reference = parseReference(text);
  return reference === undefined || reference.digest !== undefined ? undefined : toName(reference);
}

/** @throws {SquizzleError} `SELECTOR_INVALID` */
export function requireImageName(text: string): ImageName {
  const name = parseImageName(text);
  if (name !== undefined) return name;
  const message = `'${text}' cannot name an image: expected [registry/]repository[:tag] in small letters, as in app:1.0 or ghcr.io/acme/app:1.0`;
  throw new SquizzleError('SELECTOR_INVALID', message, { selector: text });
}

/** With registry and namespace: `docker.io/library/app:1.0`. */
export function fullImageName(name: ImageName): string {
  const reference = parseReference(name);
  if (reference === undefined) throw new TypeError(`no image name: ${name}`);
  return formatReference(reference);
}

function toName(reference: Reference): ImageName {
  return familiarReference(withDefaultTag(reference)) as ImageName;
}
