/**
 * What went wrong between two machines, as this package itself notices it. Becomes the cause of a `SquizzleError`.
 *
 * @module
 */
export type TransferFaultCode =
  | 'UND_ERR_CONNECT_TIMEOUT'
  | 'UND_ERR_HEADERS_TIMEOUT'
  | 'UND_ERR_BODY_TIMEOUT'
  /** The other side stopped reading what is sent to it. */
  | 'SEND_TIMEOUT'
  /** What answered was not HTTP. */
  | 'NOT_HTTP'
  /** It could not be found out whether a host speaks TLS. */
  | 'PROTOCOL_UNKNOWN'
  /** A proxy said something else than 200 to CONNECT. */
  | 'PROXY_REFUSED'
  /** The response was given up by its reader. */
  | 'DISCARDED';

export class TransferFault extends Error {
  override readonly name = 'TransferFault';
  readonly code: TransferFaultCode;
  /** What a proxy answered. */
  readonly status: number | null;

  constructor(code: TransferFaultCode, message: string, status: number | null = null) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Reaching the machine, asking a proxy for a tunnel, agreeing on TLS. */
export type ConnectStage = 'dial' | 'tunnel' | 'tls';

/** No connection was made: nothing of the request was sent. `cause` is what the system, TLS or a proxy said. */
export class ConnectFault extends Error {
  override readonly name = 'ConnectFault';
  readonly code: string | null;
  readonly stage: ConnectStage;
  /** As `proxy.example:3128`, where it is the proxy that could not be reached; else `null`. */
  readonly proxy: string | null;

  constructor(cause: unknown, stage: ConnectStage, proxy: string | null) {
    super('no connection could be made', { cause });
    this.code = systemCodeOf(cause);
    this.stage = stage;
    this.proxy = proxy;
  }
}

/** Of the error, or of the first that it gathers (several addresses were tried). */
export function systemCodeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? systemCodeOf(error.errors[0]) : null;
}
