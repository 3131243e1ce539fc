/**
 * Small files are read before their turn, several at a time: a folder of many spends its time waiting for the system.
 *
 * Order and content stay as they are. At most {@link ENTRIES} entries, and of each {@link SMALL_BYTES}, are in memory.
 *
 * @module
 */
import type { FileEntry, LayerEntry } from '@squizzle/core';

const ENTRIES = 32;
const SMALL_BYTES = 32_768;

/** A file that cannot be read fails when its turn comes. Nothing is being read any more when this has ended. */
export async function* readAhead(entries: AsyncIterable<LayerEntry>): AsyncGenerator<LayerEntry, void, undefined> {
  const waiting: LayerEntry[] = [];
  const reading = new Set<Promise<unknown>>();
  try {
    for await (const entry of entries) {
      const isSmall = entry.type === 'file' && entry.sizeBytes <= SMALL_BYTES;
      waiting.push(isSmall ? startReading(entry, reading) : entry);
      if (waiting.length === ENTRIES) yield* waiting.splice(0, 1);
    }
    yield* waiting;
  } finally {
    await Promise.all(reading);
  }
}

function startReading(entry: FileEntry, reading: Set<Promise<unknown>>): FileEntry {
  const content = readWhole(entry);
  const ended: Promise<unknown> = content.then(
    () => reading.delete(ended),
    () => reading.delete(ended),
  );
  reading.add(ended);
  return {
    ...entry,
    async *open() {
      yield await content;
    },
  };
}

async function readWhole(entry: FileEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.sizeBytes);
  let at = 0;
  for await (const chunk of entry.open()) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
