/**
 * One bundle that was found: whom of the policy it is of, proven, or why it counts for nothing.
 *
 * A certificate is verified once for each root that a principal names. Of keys, the one that the signature fits is looked
 * for first, and all else that a bundle brings is verified with that one alone. The hint of a bundle tells in which order
 * keys are tried, and nothing more: anybody can write one.
 *
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import type { FoundBundle } from '../attachments/found-bundle.ts';
import { parseBundle } from '../bundle/parse-bundle.ts';
import type { ParsedBundle } from '../bundle/parsed-bundle.ts';
import { keyHint } from '../keys/key-fingerprint.ts';
import { matchSigner } from '../verification/match-signer.ts';
import { createSignedContent, type SignedContent } from '../verification/signed-content.ts';
import type { KeySignerTrust } from '../verification/trusted-signer.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import { verifyParsed } from '../verification/verify-evidence.ts';
import { createTrial, type BundleJudgement, type Match, type Trial } from './bundle-trial.ts';
import { describeSigner } from './signer-text.ts';
import type { PolicyRoot, Principal, TrustPolicyDocument } from './trust-policy.ts';

/**
 * Every part that computes for milliseconds is a step of its own: see `bundle-trial.ts`.
 *
 * @throws {SquizzleError} what is no fault of the bundle: `TRUST_ROOT_INVALID`; the signal's reason.
 */
export async function judgeBundle(
  found: FoundBundle,
  policy: TrustPolicyDocument,
  now: Date,
  call: CallOptions = {},
): Promise<BundleJudgement> {
  const { limits } = policy;
  const trial = createTrial(found.source, call);
  const bundle = await trial.attempt(() => parseBundle(found.json, { now, limits }));
  if (bundle === undefined) return trial.conclude([]);
  const candidate: Candidate = {
    bundle,
    content: () => createSignedContent(bundle.content, found.subject),
    verify: ({ trustedRoot: root, thresholds }, key) =>
      verifyParsed(bundle, found.subject, { root, key, thresholds, now, limits }),
  };
  const judge = bundle.key.kind === 'certificate' ? judgeCertificate : judgeKey;
  return trial.conclude(await judge([...policy.principals.values()], candidate, trial));
}

/** A bundle that was read, and nothing more. */
interface Candidate {
  readonly bundle: ParsedBundle;
  readonly content: () => SignedContent;
  readonly verify: (root: PolicyRoot, key: KeySignerTrust | null) => VerifiedBundle;
}

async function judgeCertificate(
  principals: readonly Principal[],
  { verify }: Candidate,
  trial: Trial,
): Promise<readonly Match[]> {
  const keyless = principals.flatMap(({ name, root, signer }) =>
    signer.kind === 'keyless' ? [{ name, root, signer }] : [],
  );
  const matches: Match[] = [];
  for (const root of new Set(keyless.map((each) => each.root))) {
    const verified = await trial.attempt(() => verify(root, null));
    if (verified === undefined) continue;
    const names = keyless
      .filter((each) => each.root === root && isMatch(verified, each.signer))
      .map(({ name }) => name);
    if (names.length > 0) matches.push({ principals: names, verified });
    else trial.refuse('SIGNER_UNKNOWN', `it is of ${describeSigner(verified.signer)}, whom the policy does not name`);
  }
  return matches;
}

function isMatch(verified: VerifiedBundle, signer: Parameters<typeof matchSigner>[1]): boolean {
  try {
    matchSigner(verified, signer);
    return true;
  } catch (cause) {
    if (isSquizzleError(cause, 'SIGNER_UNKNOWN')) return false;
    throw cause;
  }
}

async function judgeKey(
  principals: readonly Principal[],
  { bundle, content, verify }: Candidate,
  trial: Trial,
): Promise<readonly Match[]> {
  const keys = principals.flatMap(({ name, root, signer }) => (signer.kind === 'key' ? [{ name, root, signer }] : []));
  if (keys.length === 0) return [];
  const signed = await trial.attempt(content);
  if (signed === undefined) return [];
  const hint = bundle.key.kind === 'public-key' ? bundle.key.hint : '';
  const isHinted = (each: (typeof keys)[number]): boolean => keyHint(each.signer.publicKey) === hint;
  const hinted = keys.filter(isHinted);
  for (const { name, root, signer } of [...hinted, ...keys.filter((each) => !isHinted(each))]) {
    if ((await trial.attempt(() => signed.isSignedBy(signer.publicKey))) !== true) continue;
    const verified = await trial.attempt(() => verify(root, signer));
    return verified === undefined ? [] : [{ principals: [name], verified }];
  }
  if (hinted.length > 0)
    trial.refuse('SIGNATURE_INVALID', 'it names a key of the policy, which its signature does not fit');
  else
    trial.refuse('SIGNER_UNKNOWN', 'its signature fits no key of the policy: it is of another, or of something else');
  return [];
}
