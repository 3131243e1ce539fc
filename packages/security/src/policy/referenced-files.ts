/**
 * The files that a policy names: trust roots and public keys.
 *
 * Paths are relative to the policy's folder, with `/` on every system. Absolute ones are refused: the same policy would
 * mean other files on another machine. `..` is allowed, as a policy may lie beside the folder of keys that several
 * share; it cannot loosen anything, because what the files hold is part of the policy's digest.
 *
 * @module
 */
import type { Field, FieldReader } from './policy-fields.ts';

/** A file of a policy's folder. Rejects when it cannot be read. */
export type ReadPolicyFile = (path: string) => Promise<Uint8Array>;

export interface ReferencedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ReferencedFiles {
  /** `undefined` when the field names no file that can be read; the fault is noted. */
  read(field: Field, reader: FieldReader): Promise<ReferencedFile | undefined>;
}

/** Roots of large instances have some 100 kB. */
export const MAX_REFERENCED_BYTES = 1024 * 1024;

export function createReferencedFiles(readFile: ReadPolicyFile): ReferencedFiles {
  return {
    read: async (field, reader) => {
      const path = reader.text(field);
      if (path === undefined) return undefined;
      const unfit = pathFault(path);
      if (unfit !== undefined) {
        reader.error(field, unfit);
        return undefined;
      }
      const bytes = await readFile(path).catch((cause: unknown) => {
        reader.error(field, `cannot read ${path} (${systemCodeOf(cause)}); it is looked for in the policy's folder`);
      });
      if (bytes === undefined) return undefined;
      if (bytes.byteLength <= MAX_REFERENCED_BYTES) return { path, bytes };
      reader.error(field, `${path} has ${bytes.byteLength} bytes, more than the ${MAX_REFERENCED_BYTES} allowed`);
      return undefined;
    },
  };
}

function pathFault(path: string): string | undefined {
  if (path.includes('-----BEGIN')) return 'expected the path of a file, not what it holds';
  if (path.includes('\0') || path.includes('\n')) return 'expected the path of a file';
  if (/^(?:[/\\~]|[A-Za-z]:)/.test(path)) return `expected a path relative to the policy's folder, found '${path}'`;
  if (path.includes('\\')) return `write the path with '/', on every system: '${path.replaceAll('\\', '/')}'`;
  return undefined;
}

/** `ENOENT`, `EACCES` …: messages of the system may name folders that nobody asked about. */
function systemCodeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'it could not be read';
}
