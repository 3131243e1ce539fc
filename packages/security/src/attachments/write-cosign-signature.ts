/**
 * cosign's older signature beside the bundle, for readers that know no other: containers/image in podman, skopeo and
 * CRI-O. It says less than a bundle does: nothing but that the key was there.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @module
 */
import type { KeyObject } from 'node:crypto';
import {
  addSignatures,
  findSignatureTags,
  readSignatureList,
  SIGNATURE_LAYERS,
  signatureTags,
  type CallOptions,
  type ContentStore,
  type TaggedSignatures,
} from '@squizzle/core';
import { describeContent, type Descriptor } from '@squizzle/oci-spec';
import type { KeySigner } from '../signing/key-signer.ts';
import { verifiesBytes } from '../verification/verify-signature.ts';
import { COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { formatSimpleSigning } from './simple-signing.ts';

export interface CosignSignatureRequest {
  readonly subject: Descriptor;
  /**
   * What the image is called: `ghcr.io/acme/db:v1.2.0`. containers/image compares it with what is pulled, unless its
   * policy says otherwise: the tag is part of it, which cosign leaves out.
   */
  readonly reference: string;
  readonly signer: KeySigner;
  readonly store: ContentStore;
}

/**
 * Signs the payload that names the image and adds it to the list behind `sha256-<hex>.sig`, where the signatures of others
 * stay. Where the same key signed the same payload nothing is signed.
 *
 * @throws {SquizzleError} what the signer throws, then nothing was written; as `addSignatures`.
 * @throws {RangeError} for a subject whose digest is no SHA-256: no reader knows a tag for it.
 */
export async function writeCosignSignature(
  { subject, reference, signer, store }: CosignSignatureRequest,
  options: CallOptions = {},
): Promise<TaggedSignatures> {
  const [tag] = signatureTags(subject);
  if (tag === undefined) throw new RangeError(`cosign has no tag for ${subject.digest}: sign it by its SHA-256`);
  const payload = formatSimpleSigning(subject.digest, reference);
  const layer = describeContent(SIGNATURE_LAYERS.simpleSigning, payload);
  const signed = await findSigned(subject, layer, payload, await signer.publicKey(options), store, options);
  if (signed !== undefined) return signed;
  const signature = Buffer.from(await signer.sign(payload, options)).toString('base64');
  const annotations = { [COSIGN_ANNOTATIONS.signature]: signature };
  await store.push(layer, [payload], options);
  return { tag, descriptor: await addSignatures(tag, [{ ...layer, annotations }], store, options) };
}

/** ECDSA signs differently each time: without this a pipeline that runs again would add one signature a run. */
async function findSigned(
  subject: Descriptor,
  { digest }: Descriptor,
  payload: Uint8Array,
  key: KeyObject,
  store: ContentStore,
  options: CallOptions,
): Promise<TaggedSignatures | undefined> {
  for (const found of await findSignatureTags(subject, store, options)) {
    if (!found.tag.endsWith('.sig')) continue;
    const layers = (await readSignatureList(found.descriptor, store, options))?.layers ?? [];
    const same = layers.filter((layer) => layer.digest === digest);
    if (same.some(({ annotations }) => isSignedBy(key, payload, annotations?.[COSIGN_ANNOTATIONS.signature])))
      return found;
  }
  return undefined;
}

function isSignedBy(key: KeyObject, payload: Uint8Array, signature: string | undefined): boolean {
  return signature !== undefined && verifiesBytes(payload, key, Buffer.from(signature, 'base64'));
}
