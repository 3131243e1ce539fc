/**
 * Everything in a tar, as the reader of archives sees it.
 *
 * @module
 */
import { refuserOf } from '../src/archive/archive-error.ts';
import { readTarEntries } from '../src/archive/tar-entries.ts';
import { createStreamInput } from '../src/archive/tar-input.ts';

export interface Found {
  readonly path: string;
  readonly kind: string;
  readonly content: string;
  readonly executable: boolean;
}

/** Errors call it `test.tar`. */
export async function entriesOf(
  tar: Uint8Array,
  limits: { maxEntries?: number; maxBytes?: number } = {},
): Promise<Found[]> {
  const found: Found[] = [];
  const options = { refuse: refuserOf('test.tar'), maxEntries: 100, maxBytes: 1_000_000, ...limits };
  for await (const { path, kind, executable, content } of readTarEntries(createStreamInput([tar]), options)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content()) chunks.push(chunk);
    found.push({ path, kind, executable, content: Buffer.concat(chunks).toString() });
  }
  return found;
}
