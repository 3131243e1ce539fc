/**
 * The schema that a release leads to, before it is kept anywhere: seen on a scratch database.
 *
 * @module
 */
import {
  pullDescriptor,
  schemaDigest,
  verifyArtifact,
  type BuiltArtifact,
  type ContentStore,
  type SchemaSnapshot,
} from '@squizzle/core';
import type { Digest } from '@squizzle/oci-spec';
import type { Project } from './project.ts';
import { rehearse } from './rehearse.ts';
import { openScratch, type ScratchFlags } from './scratch.ts';

export interface SchemaRequest extends ScratchFlags {
  /** Whose seeds run. */
  readonly environment: string;
}

/** Seeds that belong to no environment run, those of any do not: a release is built for all of them. */
export const NO_ENVIRONMENT = '';

/** It is our own build, of our own sources: nobody can have signed it yet. */
const OWN_BUILD = { unsigned: { allowed: true, reason: 'built here, and tried out on a scratch database' } } as const;

/** @throws {SquizzleError} what running the chain throws, saying that it was on a scratch database. */
export async function schemaOfBuild(built: BuiltArtifact, request: SchemaRequest, project: Project): Promise<Digest> {
  const { signal } = project;
  const { version } = built.manifest;
  const store = withBuilt(built.previous?.store ?? (await project.store()), built);
  const artifact = await verifyArtifact(await pullDescriptor(built.root.descriptor, store, { signal }), OWN_BUILD);
  const scratch = await openScratch(request, project);
  const { environment } = request;
  const snapshots = await rehearse({ artifact, versions: [version], environment }, scratch, project);
  return schemaDigest(snapshots.get(version) as SchemaSnapshot);
}

/** A store that seems to hold what was built, beside what it holds. */
function withBuilt(store: ContentStore, { root, config, layer }: BuiltArtifact): ContentStore {
  const own = new Map([root, config, layer].map(({ descriptor, bytes }) => [descriptor.digest, bytes]));
  return {
    ...store,
    fetch: (descriptor, options) => {
      const bytes = own.get(descriptor.digest);
      return bytes === undefined ? store.fetch(descriptor, options) : inOnePiece(bytes);
    },
  };
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
