/**
 * What a request can fail with: a closed catalogue of kinds, each with its HTTP status and the code that the
 * distribution-spec gives it.
 *
 * Several kinds share a code, because the specification has fourteen codes and HTTP more states than that.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @module
 */

/** Kind → status and code on the wire. A message says what was expected, what was found, and what to do. */
export const REGISTRY_ERRORS = {
  BLOB_UNKNOWN: { status: 404, code: 'BLOB_UNKNOWN' },
  UPLOAD_UNKNOWN: { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  UPLOAD_INVALID: { status: 400, code: 'BLOB_UPLOAD_INVALID' },
  /** Another request is writing to this session. */
  UPLOAD_BUSY: { status: 409, code: 'BLOB_UPLOAD_INVALID' },
  /** A chunk that does not begin where the last one ended. */
  CHUNK_OUT_OF_ORDER: { status: 416, code: 'BLOB_UPLOAD_INVALID' },
  /** The body ended before, or went on after, the length it was announced with. */
  SIZE_INVALID: { status: 400, code: 'SIZE_INVALID' },
  BLOB_TOO_LARGE: { status: 413, code: 'SIZE_INVALID' },
  DIGEST_INVALID: { status: 400, code: 'DIGEST_INVALID' },
  MANIFEST_UNKNOWN: { status: 404, code: 'MANIFEST_UNKNOWN' },
  MANIFEST_INVALID: { status: 400, code: 'MANIFEST_INVALID' },
  MANIFEST_TOO_LARGE: { status: 413, code: 'MANIFEST_INVALID' },
  MANIFEST_BLOB_UNKNOWN: { status: 404, code: 'MANIFEST_BLOB_UNKNOWN' },
  /** The manifest exists, in a media type that the request's `Accept` rules out: RFC 9110 section 15.5.7. */
  NOT_ACCEPTABLE: { status: 406, code: 'MANIFEST_UNKNOWN' },
  /** `If-Match` or `If-None-Match` of a tag did not hold. */
  PRECONDITION_FAILED: { status: 412, code: 'DENIED' },
  /** More `?tag=` than are taken at once: the distribution-spec allows 414. */
  TOO_MANY_TAGS: { status: 414, code: 'UNSUPPORTED' },
  TAG_INVALID: { status: 400, code: 'MANIFEST_INVALID' },
  NAME_INVALID: { status: 400, code: 'NAME_INVALID' },
  NAME_UNKNOWN: { status: 404, code: 'NAME_UNKNOWN' },
  RANGE_NOT_SATISFIABLE: { status: 416, code: 'UNSUPPORTED' },
  /** A query parameter or header that cannot be read. */
  REQUEST_INVALID: { status: 400, code: 'UNSUPPORTED' },
  ROUTE_UNKNOWN: { status: 404, code: 'UNSUPPORTED' },
  METHOD_NOT_ALLOWED: { status: 405, code: 'UNSUPPORTED' },
  /** The client stopped sending in the midst of a body. */
  BODY_TIMEOUT: { status: 408, code: 'BLOB_UPLOAD_INVALID' },
  UNAUTHORIZED: { status: 401, code: 'UNAUTHORIZED' },
  DENIED: { status: 403, code: 'DENIED' },
  TOO_MANY_REQUESTS: { status: 429, code: 'TOOMANYREQUESTS' },
  /** The disk or quota is full. */
  STORAGE_FULL: { status: 507, code: 'UNKNOWN' },
  /** The storage cannot be reached or written; the server is closing. */
  UNAVAILABLE: { status: 503, code: 'UNKNOWN' },
} as const satisfies Record<string, { readonly status: number; readonly code: string }>;

export type RegistryErrorKind = keyof typeof REGISTRY_ERRORS;

export interface RegistryErrorOptions extends ErrorOptions {
  /** Goes to the client as `detail`: names and digests of its own request, never a path or a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Response headers that belong to this failure: `Range`, `Allow`, `Retry-After`, `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that cannot be served, for a reason its sender may know. */
export class RegistryError<K extends RegistryErrorKind = RegistryErrorKind> extends Error {
  override readonly name = 'RegistryError';
  readonly kind: K;
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: K, message: string, options: RegistryErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

export function isRegistryError<K extends RegistryErrorKind>(thrown: unknown, kind: K): thrown is RegistryError<K> {
  return thrown instanceof RegistryError && thrown.kind === kind;
}
