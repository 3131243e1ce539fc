/**
 * Faults of the storage itself, for the operator: they name paths and are never shown to a client.
 *
 * @module
 */

/** `ROOT_UNUSABLE`: the folder cannot hold a storage. `DAMAGED`: a file is not what was written to it. */
export type StorageErrorCode = 'ROOT_UNUSABLE' | 'DAMAGED';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function damaged(path: string, found: string): StorageError {
  return new StorageError('DAMAGED', `${path}: ${found}; check the disk, then restore this file or push it again`);
}

export function isDamaged(thrown: unknown): boolean {
  return thrown instanceof StorageError && thrown.code === 'DAMAGED';
}
