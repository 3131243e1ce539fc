/**
 * From what was thrown to what the client is told: the only place that knows.
 *
 * A `RegistryError` was written for the client. Anything else is our own fault and says nothing about itself: the
 * request's id is what the client and the operator's log have in common.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @module
 */
import { REGISTRY_ERRORS, RegistryError } from '../registry-error.ts';

export interface ErrorResponse {
  readonly status: number;
  /** `UNKNOWN` for what is no `RegistryError`. For logs. */
  readonly kind: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const HEADERS = ['Content-Type', 'application/json', 'Cache-Control', 'no-store'] as const;

export function toErrorResponse(thrown: unknown, requestId: string): ErrorResponse {
  if (isStorageFault(thrown)) {
    const body = formatErrors('UNKNOWN', 'the storage cannot be used at the moment; try again later', { requestId });
    return { status: 503, kind: 'STORAGE_FAULT', headers: HEADERS, body };
  }
  if (!isForClients(thrown)) {
    return {
      status: 500,
      kind: 'UNKNOWN',
      headers: HEADERS,
      body: formatErrors('UNKNOWN', 'internal error', { requestId }),
    };
  }
  const { status, code } = REGISTRY_ERRORS[thrown.kind];
  return {
    status,
    kind: thrown.kind,
    headers: [...HEADERS, ...Object.entries(thrown.headers).flat()],
    body: formatErrors(code, thrown.message, thrown.detail),
  };
}

/** `instanceof` alone would leave the kind untyped. */
function isForClients(thrown: unknown): thrown is RegistryError {
  return thrown instanceof RegistryError;
}

/** What a system says of a disk that cannot be read or written, and of a process that has too many files open. */
const STORAGE_FAULTS = new Set(['EACCES', 'EIO', 'EMFILE', 'ENFILE', 'EPERM', 'EROFS', 'ESTALE', 'ETIMEDOUT']);

function isStorageFault(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && STORAGE_FAULTS.has(String(thrown.code));
}

/** The body that the specification gives to errors. */
export function formatErrors(code: string, message: string, detail?: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ errors: [{ code, message, ...(detail !== undefined && { detail }) }] });
}
