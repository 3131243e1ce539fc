/**
 * Signing without a key of one's own and verifying who it was, with the public Sigstore or a private one.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { explicitToken } from '../keyless/explicit-token.ts';
import type { IdentityTokenSource } from '../keyless/identity-token.ts';
import type { PolicyRoot } from '../policy/trust-policy.ts';
import { signingConfigInvalid } from '../signing/check-instance.ts';
import { createKeylessStatementSigner } from '../signing/keyless-statement-signer.ts';
import { PUBLIC_GOOD_INSTANCE, type SigstoreInstance } from '../signing/sigstore-instance.ts';
import { builtinTrustedRoot } from '../trusted-root/builtin-trusted-root.ts';
import { parseTrustedRoot } from '../trusted-root/parse-trusted-root.ts';
import type { TrustedRoot } from '../trusted-root/trusted-root.ts';
import type { Claims, KeylessSigner, SanMatch, TrustedSigner } from '../verification/trusted-signer.ts';
import { createProvider } from './create-provider.ts';
import type { ChecksumAlgorithm } from './data-subject.ts';
import type { SecurityProvider } from './security-provider.ts';

export interface CertificateIdentity {
  /** The OIDC issuer, exactly. */
  readonly issuer: string;
  /** The subject alternative name of the certificate, exactly; or with `*` and `**` as `{ glob }`. */
  readonly subject: string | SanMatch;
}

export interface SigstoreProviderOptions {
  /** A private instance; then `trustedRoot` must be its root. Default: the public good instance of the Sigstore project. */
  readonly fulcioURL?: string | undefined;
  /** `null`: signatures go into no log; then there must be a timestamp authority. */
  readonly rekorURL?: string | null | undefined;
  /** Default 1. */
  readonly rekorVersion?: 1 | 2 | undefined;
  readonly tsaServerURL?: string | null | undefined;
  /** An OIDC token for the audience `sigstore`, or where to get one. Left out: it only verifies. */
  readonly identityToken?: string | IdentityTokenSource | undefined;
  /** `trusted_root.json` of the instance: its text, its bytes, or what was parsed of it. */
  readonly trustedRoot?: string | Uint8Array | object | undefined;
  /** Digests of the data in signatures: SHA-256, or SHA-512 beside it. Default `sha256`. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly verification?: VerificationOptions | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface VerificationOptions {
  /** Whose signatures are trusted: any of these. */
  readonly certificateIdentities?: readonly CertificateIdentity[] | undefined;
  /** What every certificate must say beside: `{ sourceRepositoryId: '42' }`. */
  readonly certificateExtensions?: Claims | undefined;
}

/**
 * @throws {SquizzleError} `SIGNING_CONFIG_INVALID` for a private instance without its trusted root: what it signed could
 *   not be verified by anybody; `TRUST_ROOT_INVALID`.
 */
export function createSigstoreProvider(options: SigstoreProviderOptions = {}): SecurityProvider {
  const { checksumAlgorithm: algorithm = 'sha256', now = () => new Date(), fetch } = options;
  const instance = instanceOf(options);
  const trustedRoot = rootOf(options);
  const identity = identityOf(options);
  return createProvider({
    signer: identity && createKeylessStatementSigner({ instance, identity, trustedRoot, now, fetch }),
    cannotSign: () => {
      const reason = "there is no identity token to sign with: give 'identityToken'";
      return new SquizzleError('IDENTITY_UNAVAILABLE', reason, { reason });
    },
    root: toPolicyRoot(trustedRoot, instance),
    trusted: trustedOf(options.verification),
    cannotVerify: "nothing says whose signatures to trust: give 'verification.certificateIdentities'",
    algorithm,
    now,
  });
}

function instanceOf(options: SigstoreProviderOptions): SigstoreInstance {
  const { fulcioURL, rekorURL, rekorVersion = 1, tsaServerURL } = options;
  if (!isPrivate(options)) return PUBLIC_GOOD_INSTANCE;
  if (fulcioURL === undefined) {
    throw signingConfigInvalid('fulcioURL', 'a private instance needs its certificate authority: give it, too');
  }
  return {
    fulcioUrl: fulcioURL,
    rekor: rekorURL === undefined || rekorURL === null ? null : { url: rekorURL, majorVersion: rekorVersion },
    tsaUrl: tsaServerURL ?? null,
  };
}

/** Nothing of the public instance is mixed with a private one: a signature could then be verified by neither root. */
function isPrivate({ fulcioURL, rekorURL, tsaServerURL }: SigstoreProviderOptions): boolean {
  return [fulcioURL, rekorURL, tsaServerURL].some((url) => url !== undefined);
}

function rootOf(options: SigstoreProviderOptions): TrustedRoot {
  const { trustedRoot } = options;
  if (trustedRoot !== undefined) return parseTrustedRoot(bytesOf(trustedRoot), 'trustedRoot');
  if (!isPrivate(options)) return builtinTrustedRoot('sigstore-public-good');
  throw signingConfigInvalid(
    'trustedRoot',
    'what a private instance signs can be verified with its root alone: give it',
  );
}

function bytesOf(root: string | Uint8Array | object): Uint8Array {
  if (root instanceof Uint8Array) return root;
  return Buffer.from(typeof root === 'string' ? root : JSON.stringify(root));
}

function identityOf({ identityToken }: SigstoreProviderOptions): IdentityTokenSource | null {
  if (identityToken === undefined) return null;
  return typeof identityToken === 'string' ? explicitToken(identityToken, 'identityToken') : identityToken;
}

function toPolicyRoot(trustedRoot: TrustedRoot, { rekor }: SigstoreInstance): PolicyRoot {
  const thresholds = { logEntries: rekor === null ? 0 : 1, timestamps: 1, scts: 1 };
  return { name: trustedRoot.origin, trustedRoot, thresholds };
}

function trustedOf(verification: VerificationOptions = {}): ReadonlyMap<string, TrustedSigner> {
  const { certificateIdentities = [], certificateExtensions: claims } = verification;
  return new Map(
    certificateIdentities.map(({ issuer, subject }, index): [string, KeylessSigner] => {
      const san = typeof subject === 'string' ? { exact: subject } : subject;
      return [`identity ${index + 1}`, { kind: 'keyless', issuer, san, ...(claims === undefined ? {} : { claims }) }];
    }),
  );
}
