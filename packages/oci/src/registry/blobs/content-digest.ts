/**
 * The digest that a registry says its content has, beside the one that it should have.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { digestAlgorithm, parseDigest, type ContentId } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { describePlace, faultOf } from '../response-error.ts';
import type { RepositoryAccess } from '../repository-access.ts';

/**
 * A digest by another algorithm, or by one that is not known here, says nothing: the bytes are verified anyway.
 *
 * @throws {SquizzleError} `DIGEST_MISMATCH`.
 */
export function checkContentDigest(response: HttpResponse, access: RepositoryAccess, { digest }: ContentId): void {
  const said = parseDigest(response.headers.get('docker-content-digest')?.trim() ?? '');
  if (said === undefined || said === digest || digestAlgorithm(said) !== digestAlgorithm(digest)) return;
  const hint = 'tell who runs the registry: its content may be damaged, or something between changes it';
  const message = `${describePlace(access)}: expected the blob ${digest}, the registry calls it ${said}; ${hint}`;
  const details = { ...faultOf(access, response, hint), expected: digest, actual: said };
  throw new SquizzleError('DIGEST_MISMATCH', message, details);
}
