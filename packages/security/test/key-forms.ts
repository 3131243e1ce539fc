/**
 * One EC key in the forms that OpenSSL reads: each has another DER, and they are one key.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5480#section-2
 * @module
 */
import { createPublicKey, ECDH, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { bits, encode, readValues, sequence } from './local-sigstore/der.ts';

export interface KeyForms {
  readonly privateKey: KeyObject;
  /** As everybody writes it. */
  readonly named: string;
  /** Half the point: the other half follows from it. */
  readonly compressed: string;
  /** The whole point, and the sign of its second half. */
  readonly hybrid: string;
  /** The curve by its parameters, not by its name. */
  readonly explicit: string;
}

type CurveName = 'prime256v1' | 'secp384r1' | 'secp521r1';

export function keyFormsOf(namedCurve: CurveName): KeyForms {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding: 'explicit' });
  const named = createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' });
  return {
    privateKey,
    named: named.export({ format: 'pem', type: 'spki' }).toString(),
    compressed: withPoint(named, 'compressed'),
    hybrid: withPoint(named, 'hybrid'),
    explicit: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/** @param key of a curve by its name, with the whole point. */
export function withPoint(key: KeyObject, form: 'compressed' | 'hybrid'): string {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  const [outer] = readValues(key.export({ format: 'der', type: 'spki' }));
  const [algorithm, point] = readValues(outer?.content ?? Buffer.of());
  if (algorithm === undefined || point === undefined) throw new RangeError('no public key');
  const bytes = ECDH.convertKey(point.content.subarray(1), curve, undefined, undefined, form) as Buffer;
  return toPem(sequence(encode(algorithm.tag, algorithm.content), bits(bytes)));
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
}
