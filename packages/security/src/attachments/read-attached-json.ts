/**
 * Readers of what was found, which say so when it cannot be read.
 *
 * @module
 */
import { isContentError, parseJsonObject, type JsonObject } from '@squizzle/oci-spec';
import { bundleFault } from '../bundle/bundle-fault.ts';

/** RFC 4648 section 4: whole groups of four, padded. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** @throws {SquizzleError} `BUNDLE_INVALID` for what is no JSON object, or one that two readers may read differently. */
export function readJsonObject(text: string | Uint8Array, what: string): JsonObject {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  try {
    return parseJsonObject(bytes, { maxBytes: bytes.byteLength, what });
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    throw bundleFault('BUNDLE_INVALID', cause.message, { cause });
  }
}

/** @throws {SquizzleError} `BUNDLE_INVALID` */
export function requireBase64(value: unknown, what: string): string {
  if (typeof value === 'string' && value.length % 4 === 0 && BASE64.test(value)) return value;
  throw bundleFault('BUNDLE_INVALID', `${what} is no base64`);
}
