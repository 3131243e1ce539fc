/**
 * Signing and verifying with a key pair of one's own, without any service.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { readPublicKey } from '../keys/read-public-key.ts';
import { NO_ROOT } from '../policy/read-roots.ts';
import { createFileKeySigner } from '../signing/file-key-signer.ts';
import type { KeySigner } from '../signing/key-signer.ts';
import { createKeyStatementSigner } from '../signing/key-statement-signer.ts';
import type { TrustedSigner } from '../verification/trusted-signer.ts';
import { createProvider } from './create-provider.ts';
import type { ChecksumAlgorithm } from './data-subject.ts';
import type { SecurityProvider } from './security-provider.ts';

export interface LocalProviderOptions {
  /** PEM: cosign's encrypted key, PKCS#8, SEC1 or PKCS#1; or whoever holds the key. Left out: it only verifies. */
  readonly privateKey?: string | KeySigner | undefined;
  /** Of an encrypted `privateKey`. */
  readonly password?: string | undefined;
  /** PEM: whose signatures are trusted. Left out: nobody's, not even one's own. */
  readonly publicKey?: string | undefined;
  /** Digests of the data in signatures: SHA-256, or SHA-512 beside it. Default `sha256`. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly now?: (() => Date) | undefined;
}

/** @throws {SquizzleError} `KEY_UNUSABLE` for a public key that cannot be read; a private one is read when it signs. */
export function createLocalProvider(options: LocalProviderOptions): SecurityProvider {
  const { checksumAlgorithm: algorithm = 'sha256', now = () => new Date() } = options;
  const key = toKeySigner(options);
  return createProvider({
    signer: key === null ? null : createKeyStatementSigner({ key, now }),
    cannotSign: () => {
      const reason = "there is no private key to sign with: give 'privateKey'";
      return new SquizzleError('KEY_UNUSABLE', reason, { key: 'privateKey', reason });
    },
    root: NO_ROOT,
    trusted: trustedOf(options),
    cannotVerify: "nothing says whose signatures to trust: give 'publicKey'",
    algorithm,
    now,
  });
}

function toKeySigner({ privateKey, password }: LocalProviderOptions): KeySigner | null {
  if (privateKey === undefined) return null;
  if (typeof privateKey !== 'string') return privateKey;
  return createFileKeySigner({ pem: privateKey, password: password ?? null, origin: 'privateKey' });
}

function trustedOf({ publicKey }: LocalProviderOptions): ReadonlyMap<string, TrustedSigner> {
  if (publicKey === undefined) return new Map();
  return new Map([['key', { kind: 'key', publicKey: readPublicKey(publicKey, 'publicKey') }]]);
}
