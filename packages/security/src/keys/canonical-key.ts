/**
 * One form for one key. A point may be written compressed, a curve by its parameters in place of its name: each makes
 * another DER of the same key, and what has another DER must not count as another party.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5480#section-2
 * @module
 */
import { createPublicKey, type KeyObject } from 'node:crypto';

/** Those that have a form as JWK. No signature of another curve is verified here. */
const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1', 'secp256k1']);

/** The public key with its curve by name and its point in full. Of a private key, the public half. */
export function toCanonicalKey(key: KeyObject): KeyObject {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  // OpenSSL has one form for keys of other kinds, whatever they were read from.
  if (!CURVES.has(publicKey.asymmetricKeyDetails?.namedCurve)) return publicKey;
  return createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' });
}
