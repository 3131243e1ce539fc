/**
 * The platform of an index entry.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions
 * @module
 */
import { member, optional, present, readString, readStrings, type Field } from './json-field.ts';

/** What an image needs to run on. Names follow GOARCH and GOOS; `unknown` is common on attestations. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

export function readPlatform(field: Field): Platform {
  return present({
    architecture: readString(member(field, 'architecture')),
    os: readString(member(field, 'os')),
    'os.version': optional(member(field, 'os.version'), readString),
    'os.features': optional(member(field, 'os.features'), readStrings),
    variant: optional(member(field, 'variant'), readString),
  });
}
