/**
 * The few file system functions that reading a context needs. `node:fs/promises` is one `ContextFs`; tests pass others.
 *
 * @module
 */
export interface ContextStats {
  readonly size: bigint;
  readonly mode: bigint;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** The parts of a `FileHandle` that are used. */
export interface ContextHandle {
  stat(options: { readonly bigint: true }): Promise<ContextStats>;
  read(buffer: Uint8Array, offset: number, length: number, position: null): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/** The parts of `node:fs/promises` that are used. */
export interface ContextFs {
  realpath(path: string): Promise<string>;
  lstat(path: string, options: { readonly bigint: true }): Promise<ContextStats>;
  /** Names as the system keeps them, which need not be text. */
  readdir(path: string, options: { readonly encoding: 'buffer' }): Promise<Buffer[]>;
  readlink(path: string, options: { readonly encoding: 'buffer' }): Promise<Buffer>;
  open(path: string, flags: number): Promise<ContextHandle>;
}
