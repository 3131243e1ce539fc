/**
 * What it means when the TUF library throws. Its texts are not told: they quote addresses and files.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { signingFailed } from '../http/signing-failed.ts';
import { invalidRoot } from './parse-trusted-root.ts';

const MAX_CAUSES = 6;
const SYSTEM_CODE = /^(?:E[A-Z]{2,}[A-Z0-9_]*|UND_ERR_[A-Z_]+|FETCH_ERROR)$/;
const NETWORK_NAMES: ReadonlySet<string> = new Set(['FetchError', 'TimeoutError', 'AbortError']);

const UNTRUSTED =
  'what it hands out is not signed as the given root.json asks, or is older than what was seen before: see that root.json is of this mirror, and ask its operator';
const NO_TARGET = 'it has no trusted_root.json: see that the address is that of a Sigstore';
const EXPIRED = 'what it hands out has expired: ask its operator to publish anew, and see that the clock here is right';

/** @param service for messages. */
export function toTufFault(thrown: unknown, service: string, cacheFolder: string): SquizzleError {
  const causes = causesOf(thrown);
  const file = causes.find((cause) => 'syscall' in cause && 'path' in cause);
  if (file !== undefined) {
    const systemCode = systemCodeOf(file) ?? null;
    const message = `${cacheFolder}: cannot be used as cache of trusted roots (${systemCode ?? 'unknown'}): see that it can be written`;
    return new SquizzleError('STORE_UNUSABLE', message, { path: cacheFolder, systemCode }, { cause: thrown });
  }
  const status = causes.map(statusOf).find((code) => code !== undefined);
  if (status !== undefined) return signingFailed(service, status);
  const network = causes.find((cause) => NETWORK_NAMES.has(cause.name) || systemCodeOf(cause) !== undefined);
  if (network !== undefined) {
    const code = systemCodeOf(network);
    const hint = `it could not be reached${code === undefined ? '' : ` (${code})`}: see that the address is right and can be reached from here`;
    return signingFailed(service, null, hint);
  }
  return invalidRoot(service, distrustOf(causes), { cause: thrown });
}

function distrustOf(causes: readonly Error[]): string {
  if (causes.some((cause) => 'code' in cause && cause.code === 'TUF_FIND_TARGET_ERROR')) return NO_TARGET;
  return causes.some((cause) => cause.constructor.name === 'ExpiredMetadataError') ? EXPIRED : UNTRUSTED;
}

function causesOf(thrown: unknown): readonly Error[] {
  const causes: Error[] = [];
  let cause = thrown;
  while (cause instanceof Error && causes.length < MAX_CAUSES) {
    causes.push(cause);
    cause = cause.cause;
  }
  return causes;
}

function statusOf(cause: Error): number | undefined {
  return 'statusCode' in cause && typeof cause.statusCode === 'number' ? cause.statusCode : undefined;
}

function systemCodeOf(cause: Error): string | undefined {
  return 'code' in cause && typeof cause.code === 'string' && SYSTEM_CODE.test(cause.code) ? cause.code : undefined;
}
