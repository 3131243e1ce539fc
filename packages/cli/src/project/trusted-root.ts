/**
 * A trusted root as the configuration names it: built in, or a file of a known SHA-256.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { TrustedRoot } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import type { TrustedRootConfig } from '../config/trust-schema.ts';
import { readBoundedFile } from '../files/read-bounded-file.ts';

/** The public good instance's has 7 kB. */
const ROOT_BYTES = 1_048_576;

/**
 * @param folder where relative paths begin.
 * @throws {SquizzleError} `TRUST_ROOT_INVALID` for another file than the one that is pinned; `USAGE_INVALID` for none.
 */
export async function openTrustedRoot(
  { builtin, file, sha256 }: TrustedRootConfig,
  folder: string,
  tools: Pick<SecurityTools, 'builtinTrustedRoot' | 'readPinnedRoot'>,
): Promise<TrustedRoot> {
  if (builtin !== undefined) return tools.builtinTrustedRoot(builtin, sha256);
  if (file === undefined || sha256 === undefined) throw new TypeError('the schema asks for both');
  const bytes = await readBoundedFile(resolve(folder, file), { label: file, limitBytes: ROOT_BYTES });
  return tools.readPinnedRoot(bytes, file, sha256);
}
