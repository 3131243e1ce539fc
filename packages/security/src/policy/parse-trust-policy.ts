/**
 * A trust policy from its text or its file, ready for use, or an error that names all that is wrong with it.
 *
 * @module
 */
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
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
export async function openTrustPolicy(path: string, file: string = basename(path)): Promise<TrustPolicyDocument> {
  return parseTrustPolicy(await readPolicyText(path, file), { file, readFile: createPolicyFileReader(path) });
}

/** @throws {SquizzleError} `POLICY_INVALID` when there is no such file, or none that is text in UTF-8. */
export async function readPolicyText(path: string, file: string = basename(path)): Promise<string> {
  try {
    const bytes = await readBounded(path);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'not a file';
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read as text in UTF-8 (${code})`;
    throw new SquizzleError('POLICY_INVALID', `${file}: ${reason}`, { file, key: null, reason }, { cause });
  }
}

/** Reads files relative to the policy's folder. */
export function createPolicyFileReader(policyPath: string): ReadPolicyFile {
  return async (path) => readBounded(join(dirname(policyPath), path));
}

/** At most one byte more than anything may have: whoever looks at the length notices. */
async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_REFERENCED_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.byteLength - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.byteLength) return buffer.subarray(0, length);
    }
  } finally {
    await file.close();
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
