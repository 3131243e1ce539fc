/**
 * Paths inside a release: relative, POSIX, NFC, without anything that could leave the folder or collide.
 *
 * @module
 */
import { FORMAT_LIMITS } from './limits.ts';

/** What is wrong with the path, or `undefined` when it may stand in an artifact. */
export function stepPathFault(path: string): string | undefined {
  if (path === '' || path.startsWith('/')) return 'is not a relative path';
  if (/^[A-Za-z]:/.test(path)) return 'names a drive';
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'holds a control character or a backslash';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return "holds an empty, '.' or '..' part";
  if (path.normalize('NFC') !== path) return 'is not in Unicode normal form C';
  if (new TextEncoder().encode(path).length > FORMAT_LIMITS.pathBytes)
    return `is longer than ${FORMAT_LIMITS.pathBytes} bytes`;
  return undefined;
}

/** Names that differ only in case are one file on some systems. */
export function collisionKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
