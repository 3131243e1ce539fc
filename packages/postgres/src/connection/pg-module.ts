/**
 * The parts of `pg` this package uses, so that no `pg` type is in our API; `pg` itself is loaded on first connection.
 *
 * @module
 */
import type { ServerMessage } from './sql-connection.ts';

export interface PgConfig {
  readonly connectionString: string;
  readonly connectionTimeoutMillis: number;
  readonly application_name: string;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
  /** Queries may be sent before earlier ones are answered. */
  readonly pipeline: boolean;
  readonly types: { getTypeParser(): (text: string) => string };
}

export interface PgClient {
  /** Of the backend, as the server or a proxy in between told it. */
  readonly processID: number | null;
  readonly connection: PgWireConnection;
  connect(): Promise<unknown>;
  query(config: PgQueryConfig & { readonly rowMode: 'array' }): Promise<PgTable>;
  query(config: PgQueryConfig): Promise<PgResult>;
  query(query: PgQuery): PgQuery;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'notice', listener: (notice: ServerMessage) => void): unknown;
  getTransactionStatus(): string | null;
  end(): Promise<void>;
}

/** Beneath the client: what arrives, as it arrives. */
export interface PgWireConnection {
  /** The socket. */
  readonly stream: { destroy(): void };
  on(event: 'errorMessage', listener: (message: Error & ServerMessage) => void): unknown;
  on(event: 'notice', listener: (message: ServerMessage) => void): unknown;
  on(event: 'readyForQuery' | 'end', listener: () => void): unknown;
}

export interface PgQueryConfig {
  readonly text: string;
  readonly queryMode: 'extended';
  readonly values: readonly (string | null)[];
}

export interface PgResult {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

export interface PgTable {
  readonly fields: readonly { readonly dataTypeID: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A query as `pg` drives it while messages arrive. */
export interface PgQuery {
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: { readonly text: string }, connection: unknown): void;
  handleCopyInResponse(connection: PgWire): void;
  handleReadyForQuery(connection: unknown): void;
  handleError(error: Error, connection: unknown): void;
}

export interface PgWire {
  sendCopyFail(message: string): void;
}

export interface PgModule {
  readonly Client: new (config: PgConfig) => PgClient;
  readonly Query: new (config: { readonly text: string }) => PgQuery;
}

/** `pg` has no named exports that every bundler and Node agree on; its default export is the whole of it. */
export async function loadPg(): Promise<PgModule> {
  const module = await import('pg');
  return module.default as unknown as PgModule;
}
