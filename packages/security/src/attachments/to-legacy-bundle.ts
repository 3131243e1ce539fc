/**
 * A layer of cosign's older signatures as a Sigstore bundle of version 0.1: the version whose log entries need no more
 * than the log's promise, which is all that cosign kept.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Annotations, JsonObject } from '@squizzle/oci-spec';
import { bundleFault } from '../bundle/bundle-fault.ts';
import type { JsonValue } from '../statements/statement.ts';
import { COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { readJsonObject, requireBase64 } from './read-attached-json.ts';
import { toVerificationMaterial } from './legacy-material.ts';

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle+json;version=0.1';

/**
 * The signature over a payload; whom the payload is about is not looked at.
 *
 * @throws {SquizzleError} `BUNDLE_INVALID` for annotations that hold no signature, or cannot be read.
 */
export function toSignatureBundle(payload: Uint8Array, annotations: Annotations): string {
  const signature = requireBase64(annotations[COSIGN_ANNOTATIONS.signature], 'the signature in the annotations');
  const digest = createHash('sha256').update(payload).digest('base64');
  return toBundle(annotations, { messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature } });
}

/**
 * The attestation in a DSSE envelope.
 *
 * @throws {SquizzleError} `BUNDLE_INVALID` for what is no envelope, or annotations that cannot be read.
 */
export function toEnvelopeBundle(envelope: Uint8Array, annotations: Annotations): string {
  const { payloadType, payload, signatures } = readJsonObject(envelope, 'envelope');
  if (typeof payloadType !== 'string') throw bundleFault('BUNDLE_INVALID', 'the envelope has no payloadType');
  if (!Array.isArray(signatures)) throw bundleFault('BUNDLE_INVALID', 'the envelope has no list of signatures');
  const dsseEnvelope = {
    payloadType,
    payload: requireBase64(payload, 'the payload of the envelope'),
    signatures: signatures.map((each: unknown) => toSignature(each)),
  };
  return toBundle(annotations, { dsseEnvelope });
}

function toSignature(value: unknown): JsonValue {
  const { sig, keyid } = typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  return {
    sig: requireBase64(sig, 'a signature of the envelope'),
    keyid: typeof keyid === 'string' ? keyid : '',
  };
}

function toBundle(annotations: Annotations, content: { readonly [key: string]: JsonValue }): string {
  return JSON.stringify({
    mediaType: MEDIA_TYPE,
    verificationMaterial: toVerificationMaterial(annotations),
    ...content,
  });
}
