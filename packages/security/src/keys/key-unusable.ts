/**
 * What is said of a key that cannot be used: where it lies, what is wrong and what to do. Never the key.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

/** @param key where it lies. No cause is kept: OpenSSL's messages may quote what they read. */
export function keyUnusable(key: string, reason: string): SquizzleError<'KEY_UNUSABLE'> {
  return new SquizzleError('KEY_UNUSABLE', `${key}: ${reason}`, { key, reason });
}
