/**
 * The parts of PGlite this package uses, so that none of its types is in our API; it is loaded on first use.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import type { ServerMessage } from '../connection/sql-connection.ts';

export interface PgliteExtension {
  readonly name: string;
  setup(...given: readonly unknown[]): Promise<Readonly<Record<string, unknown>>>;
}

export interface PgliteOptions {
  readonly dataDir?: string;
  readonly loadDataDir?: Blob;
  readonly extensions?: Readonly<Record<string, PgliteExtension>>;
}

export interface Pglite {
  execProtocolRawStream(message: Uint8Array, options: { onRawData: (data: Uint8Array) => void }): Promise<void>;
  dumpDataDir(compression: 'none'): Promise<Blob>;
  close(): Promise<void>;
}

/** A message of the wire protocol, with the fields that some of them have. */
export interface WireMessage extends Partial<ServerMessage> {
  readonly name: string;
  readonly text?: string;
  readonly status?: string;
  /** Of a row description its columns, of a data row its values. */
  readonly fields?: readonly ({ readonly name: string; readonly dataTypeID: number } | string | null)[];
}

export interface WireProtocol {
  readonly Parser: new () => { parse(data: Uint8Array, onMessage: (message: WireMessage) => void): void };
  readonly serialize: {
    query(text: string): Uint8Array;
    parse(query: { readonly text: string }): Uint8Array;
    bind(values: { readonly values: readonly (string | null)[] }): Uint8Array;
    describe(target: { readonly type: 'P' }): Uint8Array;
    execute(): Uint8Array;
    sync(): Uint8Array;
    copyFail(reason: string): Uint8Array;
  };
}

export interface PgliteModule {
  readonly PGlite: { create(options: PgliteOptions): Promise<Pglite> };
  readonly protocol: WireProtocol;
}

const PACKAGE = '@electric-sql/pglite';

/** @throws {SquizzleError} `CONFIG_INVALID` where the optional package is not installed. */
export async function loadPglite(): Promise<PgliteModule> {
  try {
    return (await import('@electric-sql/pglite')) as unknown as PgliteModule;
  } catch (cause) {
    const message = `the embedded database needs the package ${PACKAGE}: run npm install ${PACKAGE}`;
    throw new SquizzleError('CONFIG_INVALID', message, { file: 'package.json', key: PACKAGE }, { cause });
  }
}

/** `null` where the package cannot be found as files (bundled): then nothing is cached by its version. */
export async function findPgliteVersion(): Promise<string | null> {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE);
    const manifest: unknown = JSON.parse(await readFile(join(dirname(entry), '../package.json'), 'utf8'));
    const { version } = manifest as { readonly version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
