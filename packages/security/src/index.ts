export { createSigner } from './attachments/create-signer.ts';
export { discoverBundles, type DiscoveryLimits, type SignatureStore } from './attachments/discover-bundles.ts';
export type { FoundBundle, FoundBundles, PassedOver } from './attachments/found-bundle.ts';
export { toAttachment } from './attachments/to-attachment.ts';
export { writeCosignSignature, type CosignSignatureRequest } from './attachments/write-cosign-signature.ts';
export { explicitToken } from './keyless/explicit-token.ts';
export { explainMissingToken, findIdentityToken } from './keyless/find-identity-token.ts';
export type { IdentityTokenSource } from './keyless/identity-token.ts';
export {
  createInteractiveToken,
  type InteractiveTokenOptions,
  type SignInEvent,
} from './keyless/interactive/interactive-token.ts';
export { claimsOfToken, type TokenClaims } from './keyless/token-claims.ts';
export { generateKeyPair, type KeyPairFiles } from './keys/generate-key-pair.ts';
export { keyFingerprint } from './keys/key-fingerprint.ts';
export { readPublicKey } from './keys/read-public-key.ts';
export { createPolicyVerifier, type PolicyVerifierOptions } from './policy/create-policy-verifier.ts';
export type { Decision } from './policy/decision.ts';
export { evaluatePolicy } from './policy/evaluate-policy.ts';
export { explainDecision } from './policy/explain-decision.ts';
export { lintTrustPolicy, type LintOptions } from './policy/lint-trust-policy.ts';
export {
  createPolicyFileReader,
  formatPolicyFault,
  openTrustPolicy,
  parseTrustPolicy,
  readPolicyText,
} from './policy/parse-trust-policy.ts';
export type { PolicyFault } from './policy/policy-file.ts';
export type { PolicyInput } from './policy/policy-input.ts';
export { requirePolicyDigest, signTrustPolicy, verifyPolicySignature } from './policy/policy-signature.ts';
export type { AttestationRequirement, PolicyRule, Principal, TrustPolicyDocument } from './policy/trust-policy.ts';
export { createLocalProvider, type LocalProviderOptions } from './providers/create-local-provider.ts';
export {
  createSigstoreProvider,
  type CertificateIdentity,
  type SigstoreProviderOptions,
  type VerificationOptions,
} from './providers/create-sigstore-provider.ts';
export type { SecurityProvider } from './providers/security-provider.ts';
export type { BuildInfo, ProvenanceSubject } from './providers/slsa-statement.ts';
export type { KeySigner } from './signing/key-signer.ts';
export { createKeyStatementSigner } from './signing/key-statement-signer.ts';
export { createKeylessStatementSigner } from './signing/keyless-statement-signer.ts';
export { openKeySigner, type OpenKeyOptions } from './signing/open-key-signer.ts';
export { parseSigningConfig } from './signing/parse-signing-config.ts';
export { PUBLIC_GOOD_INSTANCE, type SigstoreInstance, type Witnesses } from './signing/sigstore-instance.ts';
export type { SignedBundle, StatementSigner } from './signing/statement-signer.ts';
export { applyReceipt } from './statements/apply-receipt.ts';
export { approval } from './statements/approval.ts';
export { createSignatureStatement, createStatement } from './statements/create-statement.ts';
export { cyclonedxBom } from './statements/cyclonedx-bom.ts';
export { genericProvenance } from './statements/generic-provenance.ts';
export { githubProvenance } from './statements/github-provenance.ts';
export { gitlabProvenance } from './statements/gitlab-provenance.ts';
export { rehearsalReport } from './statements/rehearsal-report.ts';
export { releaseBinding } from './statements/release-binding.ts';
export { PREDICATE_TYPES, type Predicate, type Statement } from './statements/statement.ts';
export { testResult } from './statements/test-result.ts';
export { BUILTIN_ROOTS, builtinTrustedRoot, type BuiltinRootName } from './trusted-root/builtin-trusted-root.ts';
export { fetchTrustedRoot, PUBLIC_GOOD_MIRROR } from './trusted-root/fetch-trusted-root.ts';
export { parseTrustedRoot, readPinnedRoot } from './trusted-root/parse-trusted-root.ts';
export type { TrustedRoot } from './trusted-root/trusted-root.ts';
export type { Claims, KeylessSigner, KeySignerTrust, SanMatch, TrustedSigner } from './verification/trusted-signer.ts';
export type {
  EvidenceThresholds,
  SignerEvidence,
  SubjectDigest,
  VerifiedBundle,
} from './verification/verified-bundle.ts';
export { verifyBundle, type VerifyBundleOptions } from './verification/verify-bundle.ts';
