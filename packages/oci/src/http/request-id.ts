/**
 * What a registry, or what stands before it, calls a request in its log.
 *
 * @module
 */
import type { HttpResponse } from './http.ts';

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

/** A server may call a request by what it was sent. */
export function requestIdOf({ headers, redact = asItIs }: Pick<HttpResponse, 'headers' | 'redact'>): string | null {
  const found = NAMES.map((name) => headers.get(name)).find((id) => id !== undefined && id !== '');
  return found === undefined ? null : redact(found.replaceAll(/[^\x21-\x7e]/g, '')).slice(0, 128);
}

function asItIs(text: string): string {
  return text;
}
