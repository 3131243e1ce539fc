/**
 * The text of a credential file, bounded. What cannot be had is told, not thrown: it depends on the file what follows.
 *
 * @module
 */
import { open, stat } from 'node:fs/promises';
import { credentialsUnusable } from '../credentials-unusable.ts';

export type AuthFileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  /** There is something, but not for us to read. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Far more than the logins of a person or a machine. */
export const MAX_AUTH_FILE_BYTES = 1024 * 1024;
const NOT_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` for a file that is too large, or is no text. */
export async function readAuthFile(path: string, source: string): Promise<AuthFileContent> {
  try {
    // Asked before it is opened: opening a pipe would wait for a writer.
    if (!(await stat(path)).isFile()) return { kind: 'unreadable', reason: 'is no file' };
    return { kind: 'text', text: decode(await readBounded(path, source), source) };
  } catch (thrown) {
    const systemCode = systemCodeOf(thrown);
    if (systemCode === undefined) throw thrown;
    if (NOT_THERE.has(systemCode)) return { kind: 'missing' };
    return { kind: 'unreadable', reason: `cannot be read (${systemCode}): give this user the right to read it` };
  }
}

async function readBounded(path: string, source: string): Promise<Uint8Array> {
  const buffer = new Uint8Array(MAX_AUTH_FILE_BYTES + 1);
  const file = await open(path, 'r');
  try {
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, size, buffer.byteLength - size, null);
      size += bytesRead;
      if (size > MAX_AUTH_FILE_BYTES) throw tooLarge(source);
      if (bytesRead === 0) return buffer.subarray(0, size);
    }
  } finally {
    await file.close();
  }
}

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` */
export function tooLarge(source: string): Error {
  return credentialsUnusable(source, `has more than the ${MAX_AUTH_FILE_BYTES} bytes that such a file may have`);
}

/** A byte order mark, as some editors write one, is passed over. */
function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw credentialsUnusable(source, 'is no text in UTF-8: correct it, or move it away');
  }
}

function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
