/**
 * What a policy says, as one digest: SHA-256 over canonical JSON of the resolved policy.
 *
 * Roots and keys go in by their own digests, so that a file exchanged under the same name is another policy. The file's
 * name, comments, layout and the order of its sections do not count; the order of rules does, as the first match wins.
 *
 * @module
 */
import { canonicalJsonBytes, digestOf, type Digest } from '@squizzle/oci-spec';
import { keyFingerprint } from '../keys/key-fingerprint.ts';
import { toTime } from '../statements/predicate-input.ts';
import type { AttestationRequirement, PolicyRoot, PolicyRule, Principal, TrustPolicyDocument } from './trust-policy.ts';

export const POLICY_API_VERSION = 'squizzle.dev/trust/v1';

export function digestPolicy(policy: Omit<TrustPolicyDocument, 'file' | 'digest'>): Digest {
  const { expires, roots, principals, rules, limits } = policy;
  return digestOf(
    canonicalJsonBytes({
      apiVersion: POLICY_API_VERSION,
      expires: timeOrNull(expires),
      roots: Object.fromEntries([...roots].map(([name, root]) => [name, rootContent(root)])),
      principals: Object.fromEntries([...principals].map(([name, principal]) => [name, principalContent(principal)])),
      rules: rules.map(ruleContent),
      limits,
    }),
  );
}

function timeOrNull(date: Date | null | undefined): string | null {
  return date === null || date === undefined ? null : toTime(date);
}

function rootContent({ trustedRoot, thresholds }: PolicyRoot): unknown {
  return { trustedRoot: trustedRoot?.digest ?? null, require: thresholds };
}

function principalContent({ root, signer }: Principal): unknown {
  if (signer.kind === 'keyless') {
    return { root: root.name, keyless: { issuer: signer.issuer, san: signer.san, claims: signer.claims ?? {} } };
  }
  const window = { from: timeOrNull(signer.from), until: timeOrNull(signer.until) };
  return { root: root.name, key: { sha256: keyFingerprint(signer.publicKey), ...window } };
}

function ruleContent({ environments, demand }: PolicyRule): unknown {
  if (demand.kind === 'unsigned') return { environments, unsigned: { reason: demand.reason } };
  const { signature, attestations, antiRollback } = demand;
  return { environments, require: { signature, attestations: attestations.map(attestationContent) }, antiRollback };
}

/** The order of `where` says nothing, and what is implied was not said. */
function attestationContent({ where, ...asked }: AttestationRequirement): unknown {
  const written = where.filter(({ implied }) => implied !== true);
  const conditions = Object.fromEntries(written.map(({ path, equals }) => [path, equals]));
  return Object.assign(asked, { where: conditions });
}
