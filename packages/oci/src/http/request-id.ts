/**
 * What a registry, or what stands before it, calls a request in its log.
 *
 * @module
 */
import type { HttpHeaders } from './http.ts';

const NAMES = [
  'x-request-id',
  'x-github-request-id',
  'x-amzn-requestid',
  'x-amz-request-id',
  'x-ms-correlation-request-id',
  'x-correlation-id',
  'x-trace-id',
  'cf-ray',
];

export function requestIdOf(headers: HttpHeaders): string | null {
  const found = NAMES.map((name) => headers.get(name)).find((id) => id !== undefined && id !== '');
  return found === undefined ? null : found.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 128);
}
