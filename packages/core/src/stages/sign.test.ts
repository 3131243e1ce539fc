import { describe, expect, it } from 'vitest';
import type { Attachment, Signer } from '../contracts/signer.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { fetchAll, tagsOf } from '../testing/content-samples.ts';
import { createMemoryContentStore } from '../testing/memory-content-store.ts';
import { referrersOf } from '../testing/referrer-samples.ts';
import { publishChain } from '../testing/shop.ts';
import { signArtifact } from './sign.ts';

const CHAIN = { '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' } };

const attachment = (text: string): Attachment => ({
  artifactType: 'application/vnd.test.signature+json',
  mediaType: 'application/vnd.test.signature+json',
  content: new TextEncoder().encode(text),
  annotations: {},
});

describe('signArtifact', () => {
  it('attaches what the signer makes of the digest, and leaves the tags as they are', async () => {
    const store = createMemoryContentStore();
    const pulled = await publishChain(CHAIN, store);
    const before = await tagsOf(store);
    const signer: Signer = { sign: async ({ digest }) => attachment(`signed ${digest}`) };
    const { referrer, document } = await signArtifact(pulled, signer, store);
    expect(await referrersOf(store, pulled.root)).toMatchObject([{ digest: referrer.digest }]);
    expect(Buffer.from(await fetchAll(store, document)).toString()).toBe(`signed ${pulled.root.digest}`);
    expect(await tagsOf(store)).toEqual(before);
  });

  it('attaches nothing when the signer fails, and throws what it threw', async () => {
    const store = createMemoryContentStore();
    const pulled = await publishChain(CHAIN, store);
    const fault = new SquizzleError('SIGNING_FAILED', 'said by the test', { service: 'x', status: 503, hint: 'wait' });
    const signer: Signer = { sign: async () => Promise.reject(fault) };
    await expect(signArtifact(pulled, signer, store)).rejects.toBe(fault);
    expect(await referrersOf(store, pulled.root)).toEqual([]);
  });

  it('hands the signal on to signer and store', async () => {
    const store = createMemoryContentStore();
    const pulled = await publishChain(CHAIN, store);
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    const signer: Signer = {
      sign: async (_subject, options) => {
        expect(options?.signal).toBe(controller.signal);
        controller.abort(reason);
        return attachment('too late');
      },
    };
    await expect(signArtifact(pulled, signer, store, { signal: controller.signal })).rejects.toBe(reason);
    expect(await referrersOf(store, pulled.root)).toEqual([]);
  });
});
