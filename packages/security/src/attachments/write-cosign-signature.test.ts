import { verify } from 'node:crypto';
import { readSignatureList, SquizzleError, type SignatureList } from '@squizzle/core';
import { createMemoryContentStore, fetchAll, pushImage, tagsOf, type MemoryContentStore } from '@squizzle/core/testing';
import { digestOf, type Descriptor } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { addOldSignature, createTestKey, type TestKey } from '../../test/attached-signatures.ts';
import { COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { discoverBundles } from './discover-bundles.ts';
import { writeCosignSignature } from './write-cosign-signature.ts';

const REFERENCE = 'registry.test/acme/db:v1.0.0';
const LIMITS = { bundleBytes: 1024 * 1024, referrers: 32 };

describe('writeCosignSignature', () => {
  let store: MemoryContentStore;
  let image: Descriptor;
  let key: TestKey;
  beforeEach(async () => {
    store = createMemoryContentStore();
    image = await pushImage(store, 'a');
    key = createTestKey();
  });
  const write = async (signer = key, reference = REFERENCE) =>
    writeCosignSignature({ subject: image, reference, signer, store });
  const listBehind = async (descriptor: Descriptor): Promise<SignatureList> =>
    (await readSignatureList(descriptor, store)) ?? expect.fail('it is a list');

  it('writes the payload with the signature over its bytes, under the tag of the digest', async () => {
    const { tag, descriptor } = await write();
    expect(tag).toBe(`${image.digest.replace(':', '-')}.sig`);
    expect(await tagsOf(store)).toEqual([tag]);
    const [layer, ...others] = (await listBehind(descriptor)).layers;
    if (layer === undefined) return expect.fail('there is a layer');
    expect(others).toEqual([]);
    expect(layer.mediaType).toBe('application/vnd.dev.cosign.simplesigning.v1+json');
    const payload = await fetchAll(store, layer);
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
      critical: { identity: { 'docker-reference': REFERENCE }, image: { 'docker-manifest-digest': image.digest } },
    });
    const signature = Buffer.from(layer.annotations?.[COSIGN_ANNOTATIONS.signature] ?? '', 'base64');
    expect(verify('sha256', payload, key.verification, signature)).toBe(true);
  });

  it('is found by whoever looks for signatures', async () => {
    await write();
    expect(await discoverBundles(image, store, LIMITS)).toMatchObject({
      bundles: [{ cosignPayload: { dockerReference: REFERENCE } }],
      passedOver: [],
    });
  });

  it('keeps the signatures of others, and signs once however often it runs', async () => {
    await addOldSignature(store, image);
    await write();
    const { descriptor } = await write();
    expect(key.signed()).toBe(1);
    await write(createTestKey());
    await write(key, 'registry.test/acme/db:latest');
    const now = await write();
    expect((await listBehind(now.descriptor)).layers).toHaveLength(4);
    expect(now.descriptor.digest).not.toBe(descriptor.digest);
    expect(key.signed()).toBe(2);
  });

  it('keeps the signatures of all that sign at once', async () => {
    const keys = Array.from({ length: 5 }, () => createTestKey());
    await Promise.all(keys.map(async (each) => write(each)));
    const { descriptor } = await write(keys[0]);
    expect((await listBehind(descriptor)).layers).toHaveLength(5);
  });

  it('writes nothing when the signer fails', async () => {
    const fault = new SquizzleError('KEY_UNUSABLE', 'said by the test', { key: 'x', reason: 'y' });
    const failing = { ...key, sign: async () => Promise.reject(fault) };
    await expect(write(failing)).rejects.toBe(fault);
    expect(await tagsOf(store)).toEqual([]);
  });

  it('takes a subject without SHA-256 for a mistake of its caller', async () => {
    const subject = { ...image, digest: digestOf(Uint8Array.of(1), 'sha512') };
    await expect(writeCosignSignature({ subject, reference: REFERENCE, signer: key, store })).rejects.toThrow(
      RangeError,
    );
  });
});
