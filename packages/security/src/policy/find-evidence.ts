/**
 * What vouches for an artifact, verified: of the store it was read from, and of others that have it, too.
 *
 * Several stores are several views of one artifact: what is attached in any of them counts. The limits hold for each, so a
 * store that is flooded hides nothing that another one has.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { Descriptor } from '@squizzle/oci-spec';
import { discoverBundles, type SignatureStore } from '../attachments/discover-bundles.ts';
import type { FoundBundle } from '../attachments/found-bundle.ts';
import { judgeBundle } from './judge-bundle.ts';
import type { JudgedBundle, PolicyInput, RefusedBundle } from './policy-input.ts';
import type { TrustPolicyDocument } from './trust-policy.ts';

export type Evidence = Pick<PolicyInput, 'bundles' | 'refused'>;

export interface EvidenceSearch {
  /** All that was found so far. */
  readonly evidence: Evidence;
  /**
   * @param place where the store is, for people, if it is not the artifact's own.
   * @throws what `discoverBundles` throws.
   */
  look(store: SignatureStore, place: string | null): Promise<void>;
}

export function createEvidenceSearch(
  root: Descriptor,
  policy: TrustPolicyDocument,
  now: Date,
  options: CallOptions,
): EvidenceSearch {
  const bundles: JudgedBundle[] = [];
  const refused: RefusedBundle[] = [];
  const seen = new Set<string>();
  return {
    evidence: { bundles, refused },
    look: async (store, place) => {
      const found = await discoverBundles(root, store, policy.limits, options);
      const named = <T extends { readonly source: string }>(each: T): T =>
        place === null ? each : { ...each, source: `${each.source} in ${place}` };
      const news = found.bundles.filter((each) => !seen.has(keyOf(each)));
      for (const bundle of news) {
        const judged = await judgeBundle(named(bundle), policy, now, options);
        if (judged.kind === 'judged') bundles.push(...judged.bundles);
        else refused.push(judged.bundle);
        seen.add(keyOf(bundle));
      }
      refused.push(...found.passedOver.map(named));
    },
  };
}

function keyOf({ json, subject }: FoundBundle): string {
  return `${subject.sha256} ${json}`;
}
