/**
 * Signatures, by key. What signed a message is verified by the message's digest alone: the message is never needed.
 *
 * @module
 */
import { createHash, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { bundleFault } from '../bundle/bundle-fault.ts';

/** How keys of each kind sign. For larger curves there are two customs: cosign hashes with SHA-256 whatever the curve is. */
const CURVES = {
  prime256v1: { curve: p256, hashes: ['sha256'] },
  secp384r1: { curve: p384, hashes: ['sha384', 'sha256'] },
  secp521r1: { curve: p521, hashes: ['sha512', 'sha256'] },
} as const;

type CurveName = keyof typeof CURVES;

/** Whether the key signed these bytes. */
export function verifiesBytes(bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return hashesOf(key).some((hash) => verifiesWith(hash, bytes, key, signature));
}

/** As `verifiesBytes`, with one hash; `null` where the kind of key has its own. Never throws. */
export function verifiesWith(hash: string | null, bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(hash, bytes, key, signature);
  } catch {
    return false;
  }
}

/**
 * Whether the key signed a message of this digest.
 *
 * @throws {SquizzleError} `SIGNATURE_INVALID` for a kind of key that signs more than a digest.
 */
export function verifiesDigest(digest: Buffer, key: KeyObject, signature: Buffer): boolean {
  const name = curveOf(key);
  if (name === undefined) {
    const kind = key.asymmetricKeyType ?? 'unknown';
    const reason = `a signature over the bytes themselves by a key of kind ${kind} cannot be verified by the digest alone: sign with an ECDSA key, or an in-toto statement`;
    throw bundleFault('SIGNATURE_INVALID', reason);
  }
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  try {
    return CURVES[name].curve.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' });
  } catch {
    return false;
  }
}

/** Without telling by the time how much of them is alike; of different length they are not. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

export function hashBytes(algorithm: string, ...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function hashesOf(key: KeyObject): readonly (string | null)[] {
  const name = curveOf(key);
  if (name !== undefined) return CURVES[name].hashes;
  const kind = key.asymmetricKeyType;
  if (kind === 'ed25519' || kind === 'ed448') return [null];
  return kind === 'rsa' || kind === 'rsa-pss' ? ['sha256'] : [];
}

function curveOf({ asymmetricKeyDetails }: KeyObject): CurveName | undefined {
  const name = asymmetricKeyDetails?.namedCurve;
  return name !== undefined && Object.hasOwn(CURVES, name) ? (name as CurveName) : undefined;
}
