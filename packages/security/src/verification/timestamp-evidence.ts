/**
 * What a timestamp proves: that an authority of the trusted root saw the signature at a time at which it was trusted.
 * Whether the authority's certificates were valid then is left to the library.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { SignedEntity, TrustMaterial } from '@sigstore/verify';
import { refuseWith } from '../bundle/bundle-fault.ts';
import { isFuture } from '../bundle/parse-bundle.ts';
import type { TrustContents } from '../trusted-root/trust-contents.ts';
import { isWithin } from './log-evidence.ts';
import { parseTimestamp, type Timestamp } from './parse-timestamp.ts';
import { equalBytes, hashBytes, verifiesWith } from './verify-signature.ts';

type Authority = TrustMaterial['timestampAuthorities'][number];
type LibraryTimestamp = Extract<
  SignedEntity['timestamps'][number],
  { readonly $case: 'timestamp-authority' }
>['timestamp'];

export interface TimestampEvidence {
  readonly timestamp: Timestamp;
  readonly time: Date;
  /** Names the authority: it counts once, however many timestamps it made. */
  readonly authority: string;
}

/** @throws {SquizzleError} `TIMESTAMP_INVALID` */
export function verifyTimestamp(
  der: Buffer,
  index: number,
  signature: Buffer,
  { material, timestampChains }: TrustContents,
  now: Date,
): TimestampEvidence {
  const timestamp = parseTimestamp(der, `timestamp ${index + 1}`);
  const { name, time } = timestamp;
  const refuse = refuseWith('TIMESTAMP_INVALID', name);
  if (!isAbout(timestamp, signature)) refuse('it is about another signature');
  const signers = material.timestampAuthorities.flatMap((authority, at) => {
    const [leaf, ...others] = timestampChains[at] ?? [];
    return leaf !== undefined && isSigner(authority, leaf, timestamp) ? [{ authority, leaf, others }] : [];
  });
  if (signers.length === 0) refuse('no timestamp authority of the trusted root signed it');
  if (isFuture(time, now)) refuse(`its time, ${time.toISOString()}, lies in the future`);
  const trusted = signers.find(({ authority }) => isWithin(time, authority));
  if (trusted === undefined) return refuse(`its authority was not trusted at its time, ${time.toISOString()}`);
  const { leaf, others } = trusted;
  const known = [leaf, ...others];
  if (!timestamp.certificates.every((each) => known.some(({ raw }) => raw.equals(each)))) {
    refuse('it brings a certificate that the trusted root does not have for its authority');
  }
  return { timestamp, time, authority: leaf.fingerprint256 };
}

/** In the library's form. Its own parser of timestamps knows fractions of a second only where they have three digits. */
export function toLibraryTimestamp(timestamp: Timestamp): LibraryTimestamp {
  const { name, time, signer } = timestamp;
  const form: Pick<LibraryTimestamp, 'signingTime' | 'signerIssuer' | 'signerSerialNumber' | 'verify'> = {
    signingTime: time,
    signerIssuer: signer.issuer,
    signerSerialNumber: signer.serialNumber,
    verify(signature, key) {
      if (isAbout(timestamp, signature) && isSignedBy(timestamp, key)) return;
      refuseWith('TIMESTAMP_INVALID', name)('it is not of its authority, or about another signature');
    },
  };
  return form as LibraryTimestamp;
}

function isAbout({ imprint: { hash, digest } }: Timestamp, signature: Uint8Array): boolean {
  return equalBytes(hashBytes(hash, signature), digest);
}

function isSignedBy({ signatureHash, signedAttributes, signature }: Timestamp, key: KeyObject): boolean {
  return verifiesWith(signatureHash, signedAttributes, key, signature);
}

function isSigner({ certChain: [first] }: Authority, { publicKey }: X509Certificate, timestamp: Timestamp): boolean {
  if (first === undefined) return false;
  const { signer } = timestamp;
  const isNamed = first.issuer.equals(signer.issuer) && first.serialNumber.equals(signer.serialNumber);
  return isNamed && isSignedBy(timestamp, publicKey);
}
