/**
 * Who signed, as text: for the ledger, for people, and to tell parties apart.
 *
 * @module
 */
import type { SignerEvidence } from '../verification/verified-bundle.ts';
import { showForeign } from './foreign-text.ts';

/** `https://github.com/acme/db/… (https://token.actions…)`, `key sha256:…`. */
export function describeSigner(signer: SignerEvidence): string {
  return signer.kind === 'key'
    ? `key sha256:${signer.fingerprint}`
    : `${showForeign(signer.san)} (${showForeign(signer.issuer)})`;
}

/** Equal for the same party, whatever names the policy has for it. */
export function partyOf(signer: SignerEvidence): string {
  return signer.kind === 'key' ? `key ${signer.fingerprint}` : JSON.stringify([signer.issuer, signer.san]);
}
