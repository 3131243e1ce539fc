/**
 * Who may have signed: an identity of an issuer, or a key. Compared exactly, never as a regular expression.
 *
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 * @module
 */
import type { KeyObject } from 'node:crypto';

/** What a certificate of Fulcio says of the run that signed; the number is the last part of its OID, 1.3.6.1.4.1.57264.1.x. */
export const CLAIM_OIDS = {
  buildSignerUri: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryUri: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryId: 15,
  sourceRepositoryOwnerUri: 16,
  sourceRepositoryOwnerId: 17,
  buildConfigUri: 18,
  buildConfigDigest: 19,
  buildTrigger: 20,
  runInvocationUri: 21,
  sourceRepositoryVisibility: 22,
} as const;

export type ClaimName = keyof typeof CLAIM_OIDS;
export type Claims = Readonly<Partial<Record<ClaimName, string>>>;

/** `glob`: `*` stands for any characters but `/` and `@`, `**` for any but `@`; nothing else is special. The whole name is compared. */
export type SanMatch = { readonly exact: string } | { readonly glob: string };

export interface KeylessSigner {
  readonly kind: 'keyless';
  /** The OIDC issuer, exactly. */
  readonly issuer: string;
  /** The subject alternative name of the certificate: a workflow, a mail address. */
  readonly san: SanMatch;
  /** Compared as decoded text; one that the certificate lacks is no match. */
  readonly claims?: Claims;
}

export interface KeySignerTrust {
  readonly kind: 'key';
  readonly publicKey: KeyObject;
  /** The key is trusted from here, included. */
  readonly from?: Date;
  /** The key is trusted until here, included. */
  readonly until?: Date;
}

export type TrustedSigner = KeylessSigner | KeySignerTrust;
