/**
 * Stage 3: somebody vouches for a published artifact. What that makes is attached to its digest, not to its tags.
 *
 * @module
 */
import type { Descriptor } from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import type { Signer } from '../contracts/signer.ts';
import { attachDocument, type Attached } from '../storage/attach-document.ts';

/**
 * Signs (or attests to) the artifact and attaches the result.
 *
 * @param published as `publishArtifact` and `pullArtifact` return it.
 * @throws {SquizzleError} what the signer throws, then nothing was attached; what the store throws.
 */
export async function signArtifact(
  published: { readonly root: Descriptor },
  signer: Signer,
  store: ContentStore,
  options: CallOptions = {},
): Promise<Attached> {
  return attachDocument(published.root, await signer.sign(published.root, options), store, options);
}
