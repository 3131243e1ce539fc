/**
 * A store in memory whose clock a test moves, and uploads into it.
 *
 * @module
 */
import { digestOf } from '@squizzle/oci-spec';
import type { Chunk, Store } from '../../src/storage/contracts.ts';
import type { FileSystem } from '../../src/storage/filesystem/file-system.ts';
import { openFilesystemStore, type FilesystemOptions } from '../../src/storage/filesystem/filesystem-store.ts';
import { createLayout, type Layout } from '../../src/storage/filesystem/layout.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from './memory-file-system.ts';
import { APP, inChunks, sampleBytes } from './samples.ts';
import { watchFileSystem, type Watcher } from './watched-file-system.ts';

const ROOT = '/srv';

export const HOUR_MS = 60 * 60 * 1_000;
export const BYTES = sampleBytes(100);
export const DIGEST = digestOf(BYTES);

export interface UploadBench {
  readonly disk: MemoryFileSystem;
  readonly layout: Layout;
  readonly store: Store;
  /** Another store on the same disk, as another process or a later one would have it. */
  open(fs?: FileSystem, options?: FilesystemOptions): Promise<Store>;
  /** As `open`; `begin` sees every call, and may say how it fails. */
  openWatched(begin: NonNullable<Watcher['begin']>): Promise<Store>;
  /** Begins a session of the repository `APP`. */
  begin(store?: Store): Promise<string>;
  /** Lets time pass, in milliseconds. */
  wait(ms: number): void;
  /** What there is of sessions on the disk. */
  sessionFiles(): readonly string[];
}

export async function openUploadBench(): Promise<UploadBench> {
  let time = 1_700_000_000_000;
  const now = (): number => time;
  const disk = createMemoryFileSystem(now);
  const open = async (fs: FileSystem = disk, options: FilesystemOptions = {}): Promise<Store> =>
    openFilesystemStore(ROOT, { fs, now, ...options });
  const store = await open();
  return {
    disk,
    layout: createLayout(ROOT),
    store,
    open,
    openWatched: async (begin) => open(watchFileSystem(disk, { begin })),
    begin: async ({ uploads } = store) => (await uploads.create(APP)).id,
    wait: (ms) => void (time += ms),
    sessionFiles: () => disk.files().filter((path) => path.startsWith(`${ROOT}/uploads/`)),
  };
}

/** `BYTES` from there to there. */
export function chunk(from = 0, to = BYTES.byteLength): Chunk {
  return { bytes: inChunks(BYTES.subarray(from, to)) };
}

/** Bytes that arrive in two parts, the second one when it is let go. */
export function heldChunk(): Chunk & { readonly letGo: () => void } {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    yield BYTES.subarray(0, 10);
    await held;
    yield BYTES.subarray(10);
  };
  return { bytes: source(), letGo: () => letGo() };
}

/** Lets everything that can go on do so. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
