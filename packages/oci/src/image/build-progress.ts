/**
 * How far a build is: told for each entry, and for each piece of a file.
 *
 * @module
 */
import type { FileEntry, LayerEntry } from '@squizzle/core';

export interface BuildProgress {
  /** The entry that is being added, below the context. */
  readonly path: string;
  /** Files, folders and links begun so far, this one included. */
  readonly entries: number;
  /** Bytes of files read so far. */
  readonly readBytes: number;
}

export type OnBuildProgress = (progress: BuildProgress) => void;

/** The same entries. What `onProgress` throws ends the build. */
export async function* withProgress(
  entries: AsyncIterable<LayerEntry>,
  onProgress: OnBuildProgress,
): AsyncGenerator<LayerEntry, void, undefined> {
  const done = { entries: 0, readBytes: 0 };
  const counted = (file: FileEntry): FileEntry['open'] =>
    async function* () {
      for await (const chunk of file.open()) {
        done.readBytes += chunk.byteLength;
        onProgress({ path: file.path, ...done });
        yield chunk;
      }
    };
  for await (const entry of entries) {
    done.entries += 1;
    onProgress({ path: entry.path, ...done });
    yield entry.type === 'file' ? { ...entry, open: counted(entry) } : entry;
  }
}
