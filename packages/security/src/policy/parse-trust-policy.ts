/**
 * A trust policy from its text or its file, ready for use, or an error that names all that is wrong with it.
 *
 * @module
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SquizzleError, type CallOptions } from '@squizzle/core';
import type { PolicyFault } from './policy-file.ts';
import { readPolicy, type ReadPolicyOptions } from './read-policy.ts';
import { MAX_REFERENCED_BYTES, type ReadPolicyFile } from './referenced-files.ts';
import type { TrustPolicyDocument } from './trust-policy.ts';

/**
 * @param text YAML, at most 256 KiB.
 * @throws {SquizzleError} `POLICY_INVALID` with every fault, its line and column; `TRUST_ROOT_INVALID` when the only
 *   fault is a root that is not the one that was pinned, or unfit.
 */
export async function parseTrustPolicy(text: string, options: ReadPolicyOptions): Promise<TrustPolicyDocument> {
  const { policy, faults, refusedRoots } = await readPolicy(text, options);
  if (policy !== null) return policy;
  const errors = faults.filter(({ severity }) => severity === 'error');
  const [refused] = refusedRoots;
  if (refused !== undefined && errors.length === refusedRoots.length) throw refused;
  throw policyInvalid(options.file, errors);
}

/**
 * Reads the policy and the files it names, which lie relative to it.
 *
 * @param path of the policy.
 * @param file how it is called in messages; its name unless told.
 * @throws {SquizzleError} as `parseTrustPolicy`; `POLICY_INVALID` also when the file cannot be read.
 */
export async function openTrustPolicy(
  path: string,
  file: string = basename(path),
  options: CallOptions = {},
): Promise<TrustPolicyDocument> {
  return parseTrustPolicy(await readPolicyText(path, file, options), { file, readFile: createPolicyFileReader(path) });
}

/**
 * @throws {SquizzleError} `POLICY_INVALID` when there is no such file, or none that is text in UTF-8.
 * @throws the signal's reason.
 */
export async function readPolicyText(
  path: string,
  file: string = basename(path),
  { signal }: CallOptions = {},
): Promise<string> {
  try {
    const bytes = await readBounded(path, { signal });
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    signal?.throwIfAborted();
    const code = codeOf(cause);
    const reason = REASONS[code] ?? `it cannot be read as text in UTF-8 (${code})`;
    throw new SquizzleError('POLICY_INVALID', `${file}: ${reason}`, { file, key: null, reason }, { cause });
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'not a file';
}

/** What BSD calls a file of the wrong kind; Linux has no name for it. */
const WRONG_KIND = 'EFTYPE';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, and no file',
  [WRONG_KIND]: 'it is a pipe or a device, and no file',
};

/** Reads files relative to the policy's folder. */
export function createPolicyFileReader(policyPath: string): ReadPolicyFile {
  return async (path) => readBounded(join(dirname(policyPath), path));
}

/**
 * At most one byte more than anything may have: whoever looks at the length notices.
 *
 * Never waits for whoever writes to a named pipe, which is refused: nothing ends such a wait. What a shell makes of `<(…)`
 * is read, until it ends or a signal comes.
 */
async function readBounded(path: string, { signal }: CallOptions = {}): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await requireFile(file, path);
    const buffer = Buffer.alloc(MAX_REFERENCED_BYTES + 1);
    let length = 0;
    for (;;) {
      const bytesRead = await readSome(file, buffer.subarray(length), signal);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.byteLength) return buffer.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

const SHELL_PIPE = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/(?:self|\d+)\/fd\/\d+)$/;

async function requireFile(file: FileHandle, path: string): Promise<void> {
  const found = await file.stat();
  // a folder says so itself when it is read
  if (found.isFile() || found.isDirectory() || (found.isFIFO() && SHELL_PIPE.test(path))) return;
  throw Object.assign(new Error(`${WRONG_KIND}: no file`), { code: WRONG_KIND });
}

const PIPE_POLL_MS = 20;

async function readSome(file: FileHandle, into: Uint8Array, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return (await file.read(into)).bytesRead;
    } catch (cause) {
      if (codeOf(cause) !== 'EAGAIN') throw cause;
    }
    await setTimeout(PIPE_POLL_MS);
  }
}

/** `squizzle.trust.yaml:4:3: principals.ci.keyles: unknown field; did you mean 'keyless'?` */
export function formatPolicyFault(file: string, { line, column, key, message }: PolicyFault): string {
  return `${file}:${line}:${column}: ${key === null ? '' : `${key}: `}${message}`;
}

/** @param errors at least one. */
function policyInvalid(file: string, errors: readonly PolicyFault[]): SquizzleError<'POLICY_INVALID'> {
  const sorted = errors.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.map((fault) => formatPolicyFault(file, fault));
  const message = lines.length === 1 ? lines.join('') : `${lines.length} faults:\n${lines.join('\n')}`;
  const [first] = sorted;
  const details = { file, key: first?.key ?? null, reason: first?.message ?? 'it cannot be read' };
  return new SquizzleError('POLICY_INVALID', message, details);
}
