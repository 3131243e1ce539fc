/**
 * Whoever holds a private key: a file, Vault, a program. The key itself never leaves it.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { CallOptions } from '@squizzle/core';

export interface KeySigner {
  /** Where the key lies, for people: `key file trust/ci.key`, `hashivault://squizzle`. Never a secret. */
  readonly description: string;
  /** @throws {SquizzleError} `KEY_UNUSABLE`, `SIGNING_FAILED`. */
  publicKey(options?: CallOptions): Promise<KeyObject>;
  /**
   * Signs `SHA-256(bytes)`.
   *
   * @returns the signature as bundles have it: ECDSA as ASN.1 DER.
   * @throws {SquizzleError} `KEY_UNUSABLE`, `SIGNING_FAILED`.
   */
  sign(bytes: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
}
