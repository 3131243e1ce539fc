/**
 * The parameters `n` and `last` of a list.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @module
 */
import { RegistryError } from '../registry-error.ts';
import { PAGE_LIMIT, type PageRequest } from '../services/listings.ts';
import { quote } from './path-parameters.ts';

/**
 * A number too large to be served is as good as the largest that is.
 *
 * @throws {RegistryError} `REQUEST_INVALID` for an `n` that is no whole number.
 */
export function readPage(query: URLSearchParams): PageRequest {
  const n = query.get('n');
  const last = query.get('last');
  if (n !== null && !/^[0-9]+$/.test(n)) {
    throw new RegistryError('REQUEST_INVALID', `expected n as a whole number from 0 on, found ${quote(n)}`);
  }
  return {
    ...(n !== null && { limit: Math.min(Number(n), PAGE_LIMIT) }),
    ...(last !== null && last !== '' && { after: last }),
  };
}
