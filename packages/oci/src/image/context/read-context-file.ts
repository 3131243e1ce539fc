/**
 * A file of the context as it was when the walk saw it: the same file, of the same size, unchanged to its end.
 *
 * @module
 */
import { constants } from 'node:fs';
import { contextInvalid, readingContext } from './context-fault.ts';
import type { ContextFs, ContextHandle, ContextStats } from './context-fs.ts';

const READ_BYTES = 65_536;
/** No link that took the file's place is followed, no pipe waited for. Systems without them have neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface SeenFile {
  readonly absolute: string;
  /** Below the context, for messages. */
  readonly path: string;
  readonly stats: ContextStats;
}

/**
 * Each chunk is good until the next is asked for.
 *
 * @throws {SquizzleError} `CONTEXT_INVALID` when it cannot be read, or changed since it was seen.
 */
export async function* readContextFile(fs: ContextFs, seen: SeenFile): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await readingContext(seen.path, fs.open(seen.absolute, FLAGS));
  try {
    yield* readExactly(file, seen);
    await requireUnchanged(file, seen);
  } finally {
    await readingContext(seen.path, file.close());
  }
}

async function* readExactly(file: ContextHandle, seen: SeenFile): AsyncGenerator<Uint8Array, void, undefined> {
  const size = Number(seen.stats.size);
  const buffer = new Uint8Array(Math.min(size, READ_BYTES));
  for (let at = 0; at < size;) {
    const wanted = Math.min(buffer.byteLength, size - at);
    const { bytesRead } = await readingContext(seen.path, file.read(buffer, 0, wanted, null));
    if (bytesRead === 0) throw changed(seen);
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function requireUnchanged(file: ContextHandle, seen: SeenFile): Promise<void> {
  const now = await readingContext(seen.path, file.stat({ bigint: true }));
  const same = (['dev', 'ino', 'size', 'mtimeNs'] as const).every((fact) => now[fact] === seen.stats[fact]);
  if (!same || !now.isFile()) throw changed(seen);
}

function changed({ path }: SeenFile): Error {
  return contextInvalid(path, 'changed while the image was built; build again when nobody writes to it');
}
