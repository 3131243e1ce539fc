/**
 * Descriptors: the only address of content here. What it is, how large, and its digest.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 * @module
 */
import { isContentError } from './content-error.ts';
import { digestOf, type Digest } from './digest.ts';
import {
  member,
  optional,
  present,
  readArtifactType,
  readDigest,
  readMediaType,
  readSize,
  readString,
  readStringMap,
  readStrings,
  refuse,
  type Field,
} from './json-field.ts';
import { isMediaType, MEDIA_TYPES } from './media-type.ts';
import { readPlatform, type Platform } from './platform.ts';

export type Annotations = Readonly<Record<string, string>>;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the raw content. */
  readonly size: number;
  readonly annotations?: Annotations;
  readonly artifactType?: string;
  /** The content itself in base64. Not verified: check its decoded bytes as if they came over a network. */
  readonly data?: string;
  /** Where else the content may lie. A hint from a stranger: fetching it reaches any host the author chose. */
  readonly urls?: readonly string[];
  readonly platform?: Platform;
}

/** What a descriptor may say beside what its content decides. */
export type DescriptorExtras = Omit<Descriptor, 'mediaType' | 'digest' | 'size'>;

/** The two members that decide whether content is the same. */
export type ContentId = Pick<Descriptor, 'digest' | 'size'>;

/** RFC 4648 section 4: whole groups of four, padded. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The value as a descriptor without members it does not know, or `undefined` when it is none. */
export function parseDescriptor(value: unknown): Descriptor | undefined {
  try {
    return readDescriptor({ document: 'descriptor', path: '$', value });
  } catch (thrown) {
    if (isContentError(thrown, 'MANIFEST_INVALID')) return undefined;
    throw thrown;
  }
}

/** As `parseDescriptor`, for one inside a document. Throws `MANIFEST_INVALID` with the path to what is wrong. */
export function readDescriptor(field: Field): Descriptor {
  return present({
    mediaType: readMediaType(member(field, 'mediaType')),
    digest: readDigest(member(field, 'digest')),
    size: readSize(member(field, 'size')),
    annotations: optional(member(field, 'annotations'), readStringMap),
    artifactType: readArtifactType(member(field, 'artifactType')),
    data: optional(member(field, 'data'), readBase64),
    urls: optional(member(field, 'urls'), readStrings),
    platform: optional(member(field, 'platform'), readPlatform),
  });
}

function readBase64(field: Field): string {
  const text = readString(field);
  return text.length % 4 === 0 && BASE64.test(text) ? text : refuse(field, 'base64 with padding');
}

/**
 * The descriptor of these bytes, with a SHA-256 digest.
 *
 * @throws {TypeError} when `mediaType` is none.
 */
export function describeContent(mediaType: string, bytes: Uint8Array, extra: DescriptorExtras = {}): Descriptor {
  if (!isMediaType(mediaType)) throw new TypeError(`not a media type: ${JSON.stringify(mediaType)}`);
  return { ...extra, mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

/** Whether both name the same bytes, whatever else they say about them. */
export function sameContent(a: ContentId, b: ContentId): boolean {
  return a.digest === b.digest && a.size === b.size;
}

/** The JSON object without members, which stands where a manifest needs a blob and there is nothing to say. */
export const EMPTY_JSON: Uint8Array = Uint8Array.of(0x7b, 0x7d);

/** The descriptor of `{}`, as the image-spec fixes it, content included. */
export const EMPTY_DESCRIPTOR: Descriptor = Object.freeze(
  describeContent(MEDIA_TYPES.ociEmpty, EMPTY_JSON, { data: 'e30=' }),
);
