/**
 * cosign's older signatures in the form that stores see them: a list under a tag, whatever it says.
 *
 * @module
 */
import { canonicalJsonBytes, describeContent, type Descriptor, type Tag } from '@squizzle/oci-spec';
import type { ContentStore } from '../contracts/content-store.ts';
import { addSignatures } from '../storage/signature-list.ts';
import { SIGNATURE_LAYERS } from '../storage/signature-payload.ts';
import { signatureTags } from '../storage/signature-tags.ts';

export interface SampleSignature {
  readonly payload: Descriptor;
  readonly bytes: Uint8Array;
  /** The payload as a list names it, with the signature. */
  readonly layer: Descriptor;
}

/** All signatures of one image have one payload, as those of one reference have. */
export function sampleSignature({ digest }: Descriptor, signature: string): SampleSignature {
  const bytes = canonicalJsonBytes({ critical: { image: { 'docker-manifest-digest': digest } } });
  const payload = describeContent(SIGNATURE_LAYERS.simpleSigning, bytes);
  return { payload, bytes, layer: { ...payload, annotations: { signature } } };
}

/** Adds a signature under the `.sig` tag of the image, or under `.att`. */
export async function sign(
  store: ContentStore,
  image: Descriptor,
  signature: string,
  suffix: 'sig' | 'att' = 'sig',
): Promise<SampleSignature & { readonly tag: Tag; readonly descriptor: Descriptor }> {
  const tag = signatureTags(image).find((each) => each.endsWith(suffix));
  if (tag === undefined) throw new RangeError(`no tag can be made of ${image.digest}`);
  const sample = sampleSignature(image, signature);
  await store.push(sample.payload, [sample.bytes]);
  return { ...sample, tag, descriptor: await addSignatures(tag, [sample.layer], store) };
}
