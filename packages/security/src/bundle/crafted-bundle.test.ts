/** Bundles that somebody made to do harm. What they cost is measured by tools/bench/verify.mjs. */
import { describe, expect, it } from 'vitest';
import { craftedBundles } from '../../test/crafted-bundles.ts';
import { signedBundles } from '../../test/signed-bundles.ts';
import { thrownBy } from '../../test/told-by.ts';
import { verifyEvidence } from '../verification/verify-evidence.ts';

const made = await signedBundles();

describe('a crafted bundle', () => {
  it.each(craftedBundles(made.json['keyless-rekor1']))('is refused with $code: $name', async ({ json, code }) => {
    const { root, thresholds, subject } = made;
    const options = { root, key: null, thresholds, now: new Date() };
    expect((await thrownBy(() => verifyEvidence(json, subject, options))).code).toBe(code);
  });

  it('changes nothing for those that come after', () => {
    const { root, thresholds, subject } = made;
    verifyEvidence(made.json['keyless-rekor1'], subject, { root, key: null, thresholds, now: new Date() });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
