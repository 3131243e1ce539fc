/**
 * Content digests, written as the OCI image-spec writes them: `algorithm:hex`.
 *
 * Pure and synchronous. Only SHA-256 and SHA-512 are known: whatever cannot be verified here
 * is refused, though the specification's grammar would let it pass.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
 * @module
 */
import { createHash } from 'node:crypto';

declare const digestBrand: unique symbol;

/** `sha256:` and 64, or `sha512:` and 128, lowercase hex digits. Safe in URLs and paths. Only this module mints one. */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

/** Bytes go in as they pass; the digest of all of them so far comes out, as often as it is asked for. */
export interface Digester {
  update(bytes: Uint8Array): void;
  digest(): Digest;
}

const PATTERN = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** The text as a digest, or `undefined` for every other algorithm, length, case or character. */
export function parseDigest(text: string): Digest | undefined {
  return PATTERN.test(text) ? (text as Digest) : undefined;
}

/** The digest whose hash is already known, or `undefined` when `hex` does not fit the algorithm. */
export function digestFromHex(algorithm: DigestAlgorithm, hex: string): Digest | undefined {
  return parseDigest(`${algorithm}:${hex}`);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The part after the colon. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

export function createDigester(algorithm: DigestAlgorithm = 'sha256'): Digester {
  const hash = createHash(algorithm);
  return {
    update(bytes) {
      hash.update(bytes);
    },
    // Of a copy: Node allows one digest per hash, and an upload in progress may be asked more than once.
    digest: () => `${algorithm}:${hash.copy().digest('hex')}` as Digest,
  };
}
