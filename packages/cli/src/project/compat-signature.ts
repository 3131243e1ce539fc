/**
 * The signature in cosign's older form, for readers that know no other.
 *
 * @module
 */
import { SquizzleError, versionTag } from '@squizzle/core';
import type { OpenSigner } from './open-signer.ts';
import type { Project } from './project.ts';
import type { Signable } from './sign-release.ts';

/** @returns the tags that were written, each once. @throws {SquizzleError} `SIGNING_CONFIG_INVALID` without a key. */
export async function writeCompat(
  { artifact, stores }: Signable,
  { tools, key }: OpenSigner,
  project: Project,
): Promise<readonly string[]> {
  const signer = requireKey(key);
  const { name, version } = artifact.manifest;
  const reference = `${project.sharedRepository() ?? name}:${versionTag(version)}`;
  const tags = new Set<string>();
  for (const store of stores) {
    const request = { subject: artifact.root, reference, signer, store };
    tags.add((await tools.writeCosignSignature(request, { signal: project.signal })).tag);
  }
  return [...tags];
}

/** @throws {SquizzleError} `SIGNING_CONFIG_INVALID` */
export function requireKey(key: OpenSigner['key']): NonNullable<OpenSigner['key']> {
  if (key !== null) return key;
  const reason = "the form 'sig' is written with a key alone: sign with --key, or leave it out";
  throw new SquizzleError('SIGNING_CONFIG_INVALID', `signing.compat: ${reason}`, { key: 'signing.compat', reason });
}
