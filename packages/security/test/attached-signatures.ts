/**
 * Signatures in a store, for tests: attached as bundles, or in cosign's older form, with a key that exists nowhere else.
 *
 * @module
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addSignatures, attachDocument, SIGNATURE_LAYERS, signatureTags, type ContentStore } from '@squizzle/core';
import { describeContent, MEDIA_TYPES, type Annotations, type Descriptor, type Tag } from '@squizzle/oci-spec';
import { BUNDLE_MEDIA_TYPE, COSIGN_ANNOTATIONS } from '../src/attachments/cosign-layer.ts';
import { formatSimpleSigning } from '../src/attachments/simple-signing.ts';
import type { KeySigner } from '../src/signing/key-signer.ts';

export interface TestKey extends KeySigner {
  readonly verification: KeyObject;
  /** How often it signed. */
  readonly signed: () => number;
}

export function createTestKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let signed = 0;
  return {
    description: 'key of the test',
    verification: publicKey,
    signed: () => signed,
    publicKey: async () => publicKey,
    sign: async (bytes) => {
      signed += 1;
      return sign('sha256', bytes, privateKey);
    },
  };
}

/** A referrer with this document, as a bundle is one. Answers its descriptor. */
export async function attachBundle(
  store: ContentStore,
  subject: Descriptor,
  json: string,
  artifactType: string = BUNDLE_MEDIA_TYPE,
): Promise<Descriptor> {
  const content = new TextEncoder().encode(json);
  const attachment = { artifactType, mediaType: BUNDLE_MEDIA_TYPE, content, annotations: {} };
  return (await attachDocument(subject, attachment, store)).referrer;
}

export interface OldSignature {
  /** Default: a payload about the image. */
  readonly payload?: Uint8Array;
  /** Default: {@link SIGNATURE_LAYERS.simpleSigning}. */
  readonly mediaType?: string;
  readonly annotations?: Annotations;
}

/** Adds a layer to the list behind the `.sig` tag, or `.att`. */
export async function addOldSignature(
  store: ContentStore,
  image: Descriptor,
  { payload, mediaType, annotations }: OldSignature = {},
  suffix: 'sig' | 'att' = 'sig',
): Promise<{ readonly tag: Tag; readonly descriptor: Descriptor; readonly layer: Descriptor }> {
  const tag = signatureTags(image).find((each) => each.endsWith(suffix));
  if (tag === undefined) throw new RangeError(`no tag can be made of ${image.digest}`);
  const bytes = payload ?? formatSimpleSigning(image.digest, 'registry.test/db');
  const layer = describeContent(mediaType ?? SIGNATURE_LAYERS.simpleSigning, bytes, {
    annotations: annotations ?? { [COSIGN_ANNOTATIONS.signature]: Buffer.from('signature').toString('base64') },
  });
  await store.push(layer, [bytes]);
  return { tag, layer, descriptor: await addSignatures(tag, [layer], store) };
}

/** A folder of vectors: an artifact, and the list of its signatures with what that names, as cosign lays them out. */
export async function pushVectors(folder: string, store: ContentStore): Promise<Descriptor> {
  const manifest = await readFile(join(folder, 'artifact-manifest.json'));
  const root = describeContent(MEDIA_TYPES.ociManifest, manifest);
  await store.push(root, [manifest]);
  for (const name of await readdir(folder)) {
    if (!/^sha256-[0-9a-f]{64}$/.test(name)) continue;
    const bytes = await readFile(join(folder, name));
    await store.push(describeContent(SIGNATURE_LAYERS.simpleSigning, bytes), [bytes]);
  }
  const list = await readFile(join(folder, 'sig-manifest.json'));
  const descriptor = describeContent(MEDIA_TYPES.ociManifest, list);
  await store.push(descriptor, [list]);
  const [tag] = signatureTags(root);
  if (tag === undefined) throw new RangeError('the artifact of the vectors has a SHA-256');
  await store.tag(descriptor, tag);
  return root;
}
