/**
 * Manifests are known by the digest of their raw bytes, whatever the registry says.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { digestAlgorithm, digestOf, type Digest } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { describePlace, faultOf, type ResponsePlace } from '../response-error.ts';

/** @throws {SquizzleError} `DIGEST_MISMATCH` when the bytes have another digest than the one that is `said`. */
export function checkDigest(bytes: Uint8Array, said: Digest, place: ResponsePlace, response: HttpResponse): void {
  const actual = digestOf(bytes, digestAlgorithm(said));
  if (actual !== said) throw digestMismatch(place, response, { expected: said, actual });
}

export function digestMismatch(
  place: ResponsePlace,
  response: HttpResponse,
  { expected, actual }: { readonly expected: Digest; readonly actual: Digest },
): SquizzleError<'DIGEST_MISMATCH'> {
  const hint = 'tell who runs the registry: its content may be damaged, or something between changes it';
  const message = `${describePlace(place)}: expected the manifest ${expected}, found ${actual}; ${hint}`;
  return new SquizzleError('DIGEST_MISMATCH', message, { ...faultOf(place, response, hint), expected, actual });
}
