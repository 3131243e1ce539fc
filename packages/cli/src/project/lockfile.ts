/**
 * What `squizzle.lock` says of a release, and what is added to it. It is never written over.
 *
 * @module
 */
import { basename, dirname, join } from 'node:path';
import {
  artifactDigestOf,
  isSquizzleError,
  SquizzleError,
  tagImmutable,
  versionTag,
  type PulledArtifact,
  type Selector,
  type Version,
} from '@squizzle/core';
import type { Digest } from '@squizzle/oci-spec';
import { readTextIfThere, replaceFile } from '../files/replace-file.ts';
import type { Output } from '../output/output.ts';
import { formatLockfile, parseLockfile, type LockedReleases } from './lockfile-text.ts';

export interface Lockfile {
  /**
   * A release, and each earlier one of its chain, against the digests that were recorded; and against that of the
   * version that was asked for, whatever the release says it is.
   *
   * @param asked `null`: the release was not found by name.
   * @throws {SquizzleError} `TAG_MOVED` naming both digests; `CONFIG_INVALID` when the file cannot be read.
   */
  check(artifact: PulledArtifact, asked: Selector | null): Promise<void>;
  /** As {@link Lockfile.check}, for what is to be published. @throws {SquizzleError} `TAG_IMMUTABLE` */
  checkNew(version: Version, digest: Digest): Promise<void>;
  /** Adds a line. What cannot be written is a warning: the release itself is where it belongs. */
  record(version: Version, digest: Digest): Promise<void>;
}

export interface LockfileContext {
  /** The configuration file, absolute: `shop.yaml` has `shop.lock` beside it. */
  readonly configPath: string;
  readonly output: Pick<Output, 'warn'>;
  readonly signal: AbortSignal;
}

export function createLockfile({ configPath, output, signal }: LockfileContext): Lockfile {
  const name = `${basename(configPath).replace(/\.ya?ml$/i, '')}.lock`;
  const path = join(dirname(configPath), name);
  const read = async (): Promise<LockedReleases> => {
    const text = await readTextIfThere(path, name);
    return text === undefined ? new Map() : parseLockfile(text, name);
  };
  return {
    check: async (artifact, asked) => {
      const locked = await read();
      refuseOther(artifact, asked, locked, name);
      refuseMoved(artifact, locked, name);
    },
    checkNew: async (version, digest) => {
      const locked = (await read()).get(version);
      if (locked !== undefined && locked !== digest) throw refuseBuilt(version, locked, digest, name);
    },
    record: async (version, digest) => {
      const add = (text: string | undefined): string => {
        const releases = text === undefined ? new Map<Version, Digest>() : parseLockfile(text, name);
        const locked = releases.get(version);
        if (locked !== undefined && locked !== digest) throw refuseBuilt(version, locked, digest, name);
        return locked !== undefined ? (text ?? '') : formatLockfile(new Map([...releases, [version, digest]]));
      };
      try {
        await replaceFile(path, add, { label: name, signal });
      } catch (cause) {
        if (!isSquizzleError(cause, 'STORE_UNUSABLE')) throw cause;
        output.warn(`${cause.message}; the line '${version}: ${digest}' is missing there`);
      }
    },
  };
}

function refuseOther(
  { root, store }: PulledArtifact,
  asked: Selector | null,
  locked: LockedReleases,
  file: string,
): void {
  if (asked?.kind !== 'version') return;
  const [expected, actual] = [locked.get(asked.version), root.digest];
  if (expected === undefined || expected === actual) return;
  throw moved({ version: asked.version, expected, actual }, `${store.description} has`, file);
}

function refuseMoved(artifact: PulledArtifact, locked: LockedReleases, file: string): void {
  for (const { version } of artifact.releases.toReversed()) {
    const [expected, actual] = [locked.get(version), artifactDigestOf(artifact, version)];
    if (expected === undefined || actual === undefined || expected === actual) continue;
    const own = version === artifact.manifest.version;
    const where = own ? `${artifact.store.description} has` : `${artifact.manifest.version} descends from`;
    throw moved({ version, expected, actual }, where, file);
  }
}

interface MovedVersion {
  readonly version: Version;
  readonly expected: Digest;
  readonly actual: Digest;
}

function moved({ version, expected, actual }: MovedVersion, where: string, file: string): SquizzleError<'TAG_MOVED'> {
  const message = `${file} records ${version} as ${expected}, but ${where} ${actual}; find out who published it anew before you trust it`;
  return new SquizzleError('TAG_MOVED', message, { tag: versionTag(version), expected, actual });
}

function refuseBuilt(version: Version, locked: Digest, built: Digest, file: string): SquizzleError<'TAG_IMMUTABLE'> {
  const { details } = tagImmutable(versionTag(version), locked, built);
  const message = `${file} records ${version} as ${locked}, and this build of it is ${built}; pull that release, or build another version (where it was never published, remove its line)`;
  return new SquizzleError('TAG_IMMUTABLE', message, details);
}
