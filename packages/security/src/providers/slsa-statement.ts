/**
 * SLSA provenance of a release, from what a build says of itself.
 *
 * @see https://slsa.dev/spec/v1.0/provenance
 * @module
 */
import { parseChecksum, SquizzleError } from '@squizzle/core';
import { parseDigest } from '@squizzle/oci-spec';
import { genericProvenance, type GenericBuild } from '../statements/generic-provenance.ts';
import { createStatement } from '../statements/create-statement.ts';
import { PREDICATE_TYPES, type Statement } from '../statements/statement.ts';

/** A SQUIZZLE manifest, as `storage.push` and `storage.pull` know it, or as much of it as matters here. */
export interface ProvenanceSubject {
  readonly name?: string;
  readonly version: string;
  /** SHA-256 of the release's layer: hex, or `sha256:` and hex. */
  readonly checksum: string;
  /** Of the artifact's manifest, where it is known: policies ask for provenance of the artifact, which this names. */
  readonly digest?: string;
}

export type BuildInfo = GenericBuild;

/** @throws {SquizzleError} `STATEMENT_INVALID` when the checksum or digest is none. */
export function slsaStatement(manifest: ProvenanceSubject, buildInfo: BuildInfo): Statement {
  const { name, version } = manifest;
  const subject = { name: name === undefined ? version : `${name}@${version}`, digest: { sha256: sha256Of(manifest) } };
  return createStatement([subject], PREDICATE_TYPES.provenance, genericProvenance(buildInfo));
}

function sha256Of({ checksum, digest }: ProvenanceSubject): string {
  const found = digest === undefined ? parseChecksum(checksum.replace(/^sha256:/, '')) : parseDigest(digest)?.slice(7);
  if (found !== undefined) return found;
  const reason = `'${digest ?? checksum}' is no SHA-256: give the manifest's checksum, or the artifact's digest`;
  throw new SquizzleError('STATEMENT_INVALID', reason, { reason });
}
