/**
 * One reading of what is pushed, from its start: in pieces of a good size, and the last piece only when all is proven.
 *
 * So nothing that sends these bytes can complete an upload of wrong content.
 *
 * @module
 */
import { isVerifiedAs, verifyContent, type Bytes, type ContentId } from '@squizzle/oci-spec';
import { untilAborted } from '../../../layout/until-aborted.ts';
import { inGoodPieces } from './good-pieces.ts';

export interface ContentPass {
  /** How many bytes were read. */
  position(): number;
  /** The next bytes, one or more and at most so many; `undefined` at the end. */
  read(mostBytes: number): Promise<Uint8Array | undefined>;
  /** Closes the source; does not wait for one that keeps its reader waiting. */
  close(): Promise<void>;
}

/** `read` throws as `verifyContent`, what the source throws, and the signal's reason. */
export function openPass(content: Bytes, expected: ContentId, signal: AbortSignal | undefined): ContentPass {
  const pieces = inGoodPieces(untilAborted(content, signal));
  const proven = holdingBackLast(isVerifiedAs(content, expected) ? pieces : verifyContent(pieces, expected));
  let rest: Uint8Array = new Uint8Array();
  let position = 0;
  let waiting = false;
  const pull = async (): Promise<Uint8Array | undefined> => {
    waiting = true;
    try {
      const next = await proven.next();
      return next.done === true ? undefined : next.value;
    } finally {
      waiting = false;
    }
  };
  return {
    position: () => position,
    async read(mostBytes) {
      const piece = rest.byteLength > 0 ? rest : await pull();
      if (piece === undefined) return undefined;
      rest = piece.subarray(mostBytes);
      const bytes = piece.subarray(0, mostBytes);
      position += bytes.byteLength;
      return bytes;
    },
    async close() {
      const closing = proven.return().catch(() => undefined); // nobody wants to know how it would have ended
      if (!waiting) await closing;
    },
  };
}

/** One piece behind its source: the last comes out when the source has ended without complaint. */
async function* holdingBackLast(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array | undefined;
  for await (const piece of pieces) {
    if (held !== undefined) yield held;
    held = piece;
  }
  if (held !== undefined) yield held;
}
