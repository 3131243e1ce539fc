/**
 * Whether a bundle is of somebody whom one trusts. Issuer, name and claims are compared as texts, whole; nothing that
 * a certificate says is ever a pattern.
 *
 * @module
 */
import { bundleFault } from '../bundle/bundle-fault.ts';
import { keyFingerprint } from '../keys/key-fingerprint.ts';
import { matchesGlob, parseGlob } from '../policy/glob.ts';
import type { ClaimName, KeylessSigner, SanMatch, TrustedSigner } from './trusted-signer.ts';
import type { SignerEvidence, VerifiedBundle } from './verified-bundle.ts';

type KeylessEvidence = SignerEvidence & { readonly kind: 'keyless' };

/** @throws {SquizzleError} `SIGNER_UNKNOWN`; the message has the identity that was found. */
export function matchSigner({ signer }: Pick<VerifiedBundle, 'signer'>, trusted: TrustedSigner): void {
  if (trusted.kind === 'keyless') {
    if (signer.kind === 'key') throw unknownSigner(`the key ${signer.fingerprint}`, 'not by an identity');
    requireIdentity(signer, trusted);
    return;
  }
  if (signer.kind === 'keyless') throw unknownSigner(`${signer.san} of ${signer.issuer}`, 'not by a key');
  const fingerprint = keyFingerprint(trusted.publicKey);
  if (signer.fingerprint !== fingerprint) throw unknownSigner(`the key ${signer.fingerprint}`, `not by ${fingerprint}`);
}

function requireIdentity(signer: KeylessEvidence, { issuer, san, claims = {} }: KeylessSigner): void {
  const found = `${signer.san} of ${signer.issuer}`;
  if (signer.issuer !== issuer) throw unknownSigner(found, `and the issuer must be ${issuer}`);
  if (!isNamed(signer.san, san)) {
    throw unknownSigner(found, `and the name must be ${'exact' in san ? san.exact : `like ${san.glob}`}`);
  }
  for (const [name, expected] of Object.entries(claims)) {
    const actual = signer.claims[name as ClaimName];
    if (actual === undefined || actual !== expected) {
      throw unknownSigner(found, `and its ${name} must be ${expected}, and is ${actual ?? 'not told'}`);
    }
  }
}

function isNamed(name: string, match: SanMatch): boolean {
  return 'exact' in match ? name === match.exact : matchesGlob(parseGlob(match.glob), name);
}

function unknownSigner(found: string, instead: string): Error {
  return bundleFault('SIGNER_UNKNOWN', `it was signed by ${found}, ${instead}`);
}
