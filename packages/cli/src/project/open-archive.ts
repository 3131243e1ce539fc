/**
 * A file of releases as a store to read from.
 *
 * @module
 */
import { compareVersions, pullDescriptor, SquizzleError, type ContentStore, type PulledArtifact } from '@squizzle/core';
import type { LayoutArchive } from '@squizzle/oci';
import type { Session } from './session.ts';

export interface OpenArchive extends AsyncDisposable {
  /** Lowest version first, so that each finds what it descends from. At least one. */
  readonly artifacts: readonly PulledArtifact[];
}

/** @throws {SquizzleError} `ARCHIVE_INVALID`; `ARTIFACT_INVALID` for an image that is no release. */
export async function openArchive(path: string, { environment, signal }: Session): Promise<OpenArchive> {
  const { openLayoutArchive } = await environment.adapters.loadOciTools();
  const archive = await openLayoutArchive(path, { signal });
  try {
    const store = toReadOnlyStore(archive);
    const artifacts: PulledArtifact[] = [];
    for (const { descriptor } of archive.roots) artifacts.push(await pullDescriptor(descriptor, store, { signal }));
    if (artifacts.length === 0) throw empty(path);
    artifacts.sort((a, b) => compareVersions(a.manifest.version, b.manifest.version));
    return { artifacts, [Symbol.asyncDispose]: () => archive.close() };
  } catch (cause) {
    await archive.close();
    throw cause;
  }
}

function toReadOnlyStore(archive: LayoutArchive): ContentStore {
  const refuse = async (): Promise<never> => {
    throw new TypeError(`${archive.description} is read, never written`);
  };
  return { ...archive, push: refuse, tag: refuse };
}

function empty(path: string): SquizzleError<'ARCHIVE_INVALID'> {
  const reason = 'it lists no release';
  return new SquizzleError('ARCHIVE_INVALID', `${path}: ${reason}`, { path, entry: 'index.json', reason });
}
