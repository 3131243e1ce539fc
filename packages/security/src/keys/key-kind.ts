/**
 * Kinds of keys. Signing takes ECDSA over P-256 and RSA, each with SHA-256: every reader of Sigstore bundles knows these
 * with this hash, for the others readers differ. Verifying takes more, because others sign with more.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { keyUnusable } from './key-unusable.ts';

/** As Sigstore's `PublicKeyDetails` calls them. */
export type KeyKind =
  | 'PKIX_ECDSA_P256_SHA_256'
  | 'PKIX_RSA_PKCS1V15_2048_SHA256'
  | 'PKIX_RSA_PKCS1V15_3072_SHA256'
  | 'PKIX_RSA_PKCS1V15_4096_SHA256';

const SIGNING_KEYS = 'ECDSA over P-256, or RSA of 2048, 3072 or 4096 bits';
const VERIFYING_KEYS = 'ECDSA over P-256, P-384 or P-521, RSA of 2048 bits or more, or Ed25519';
const VERIFYING_CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const MIN_RSA_BITS = 2048;

const RSA_KINDS: ReadonlyMap<number | undefined, KeyKind> = new Map([
  [2048, 'PKIX_RSA_PKCS1V15_2048_SHA256'],
  [3072, 'PKIX_RSA_PKCS1V15_3072_SHA256'],
  [4096, 'PKIX_RSA_PKCS1V15_4096_SHA256'],
]);

/** `undefined` for a key that does not sign here. */
export function keyKindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyKind | undefined {
  if (asymmetricKeyType === 'ec') {
    return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'PKIX_ECDSA_P256_SHA_256' : undefined;
  }
  if (asymmetricKeyType !== 'rsa') return undefined;
  return RSA_KINDS.get(asymmetricKeyDetails?.modulusLength);
}

/**
 * @returns the key.
 * @throws {SquizzleError} `KEY_UNUSABLE` for one that does not sign here.
 */
export function checkSigningKey(key: KeyObject, origin: string): KeyObject {
  if (keyKindOf(key) !== undefined) return key;
  throw keyUnusable(origin, `is a key of the kind ${describeKey(key)}, which does not sign here: use ${SIGNING_KEYS}`);
}

/**
 * @returns the key.
 * @throws {SquizzleError} `KEY_UNUSABLE` for one that no signature is verified with here.
 */
export function checkVerifyingKey(key: KeyObject, origin: string): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve = '', modulusLength = 0 } = {} } = key;
  const known =
    type === 'ed25519' ||
    (type === 'ec' && VERIFYING_CURVES.has(namedCurve)) ||
    (type === 'rsa' && modulusLength >= MIN_RSA_BITS);
  if (known) return key;
  throw keyUnusable(
    origin,
    `is a key of the kind ${describeKey(key)}, which is not trusted here: use ${VERIFYING_KEYS}`,
  );
}

/** What a key is, for messages: `ec secp384r1`, `rsa 1024`, `ed25519`. */
function describeKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const detail = asymmetricKeyDetails?.namedCurve ?? asymmetricKeyDetails?.modulusLength ?? '';
  return `${asymmetricKeyType ?? 'unknown'} ${detail}`.trim();
}
