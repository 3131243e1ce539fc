/**
 * Why the server could not start, for its operator: paths and addresses may be named.
 *
 * @module
 */
import { HtpasswdError } from '../auth/htpasswd.ts';
import { ListenError } from '../server.ts';
import { StorageError } from '../storage/filesystem/storage-error.ts';
import { EXIT } from './exit-code.ts';

export interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

/**
 * What to tell about users, a port or a storage that cannot be used.
 *
 * @throws `thrown` itself when it is none of these: then it is a bug.
 */
export function toStartFailure(thrown: unknown): StartFailure {
  if (thrown instanceof HtpasswdError) return { message: thrown.message, exitCode: EXIT.usage };
  if (thrown instanceof ListenError || thrown instanceof StorageError) {
    return { message: thrown.message, exitCode: EXIT.unusable };
  }
  if (isSystemError(thrown)) {
    const message = `the storage cannot be used: ${thrown.message}; mend that, or choose another folder by --root`;
    return { message, exitCode: EXIT.unusable };
  }
  throw thrown;
}

function isSystemError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && 'syscall' in thrown;
}
