/**
 * in-toto statements: what is signed, always. Its subject is the digest of the artifact's manifest.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @module
 */

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Types of what a statement says, as they stand in bundles and policies. */
export const PREDICATE_TYPES = {
  /** A plain signature: what `cosign sign` writes and `cosign verify` asks for. */
  signature: 'https://sigstore.dev/cosign/sign/v1',
  provenance: 'https://slsa.dev/provenance/v1',
  release: 'https://in-toto.io/attestation/release/v0.1',
  testResult: 'https://in-toto.io/attestation/test-result/v0.1',
  sbom: 'https://cyclonedx.org/bom',
  approval: 'https://squizzle.dev/attestations/approval/v1',
  apply: 'https://squizzle.dev/attestations/apply/v1',
  rehearsal: 'https://squizzle.dev/attestations/rehearsal/v1',
  trustPolicy: 'https://squizzle.dev/attestations/trust-policy/v1',
} as const;

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type Predicate = { readonly [key: string]: JsonValue };

export interface StatementSubject {
  readonly name?: string;
  /** Algorithm to lowercase hex: `{ sha256: '…' }`. */
  readonly digest: Readonly<Record<string, string>>;
}

export interface Statement {
  readonly _type: string;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: Predicate;
}
