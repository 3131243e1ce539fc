/**
 * What a layer of cosign's older signatures is about. Nothing is verified: it is asked for what may be thrown away.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @module
 */
import {
  digestAlgorithm,
  digestHex,
  isContentError,
  LIMITS,
  parseJsonObject,
  readVerified,
  type Descriptor,
} from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import { isSquizzleError } from '../errors/squizzle-error.ts';

/** Of cosign's layers: a payload that names the artifact, and an attestation in its envelope. */
export const SIGNATURE_LAYERS = {
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
} as const;

type Root = Pick<Descriptor, 'digest'>;

const READERS: ReadonlyMap<string, (root: Root, bytes: Uint8Array) => boolean> = new Map([
  [SIGNATURE_LAYERS.simpleSigning, isImage],
  [SIGNATURE_LAYERS.envelope, isSubject],
]);

/**
 * Whether all layers say that they are about the artifact. What cannot be read says nothing.
 *
 * @throws what the store throws, but for content that it lacks.
 */
export async function areAbout(
  root: Root,
  layers: readonly Descriptor[],
  store: Pick<ContentStore, 'fetch'>,
  options: CallOptions,
): Promise<boolean> {
  for (const layer of layers) if (!(await isAbout(root, layer, store, options))) return false;
  return true;
}

async function isAbout(
  root: Root,
  layer: Descriptor,
  store: Pick<ContentStore, 'fetch'>,
  options: CallOptions,
): Promise<boolean> {
  const isNamedBy = READERS.get(layer.mediaType);
  if (isNamedBy === undefined) return false;
  try {
    return isNamedBy(root, await readVerified(store.fetch(layer, options), layer, LIMITS.manifestBytes));
  } catch (cause) {
    if (isContentError(cause) || isSquizzleError(cause, 'CONTENT_NOT_FOUND')) return false;
    throw cause;
  }
}

function isImage({ digest }: Root, payload: Uint8Array): boolean {
  return memberOf(memberOf(parse(payload)['critical'], 'image'), 'docker-manifest-digest') === digest;
}

function isSubject({ digest }: Root, envelope: Uint8Array): boolean {
  const { payload } = parse(envelope);
  if (typeof payload !== 'string') return false;
  const { subject } = parse(Buffer.from(payload, 'base64'));
  if (!Array.isArray(subject)) return false;
  return subject.some((each) => memberOf(memberOf(each, 'digest'), digestAlgorithm(digest)) === digestHex(digest));
}

/** @throws {ContentError} for what is no JSON object. */
function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return parseJsonObject(bytes, { maxBytes: LIMITS.manifestBytes, what: 'signature' });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
