/**
 * Content of which a part is in memory until the registry has it.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { Bytes, ContentId } from '@squizzle/oci-spec';
import type { HttpBody } from '../../../http/http.ts';
import type { RepositoryAccess } from '../../repository-access.ts';
import { describePlace, faultOf } from '../../response-error.ts';
import type { Room } from '../../room.ts';
import type { BlobProgress } from '../blob-progress.ts';
import { openPass } from './content-pass.ts';
import { LARGEST_BYTES } from './good-pieces.ts';
import type { ReadFailure, SourceOptions, UploadSource } from './upload-source.ts';

/** All of it: verified before. */
export function createHeldSource(bytes: Uint8Array, { progress }: Pick<SourceOptions, 'progress'>): UploadSource {
  const held: Held = { bytes };
  let given = 0;
  return {
    gives: 'everything',
    firstByte: () => 0,
    givenBytes: () => given,
    async part(from, { mostBytes }) {
      const end = Math.min(bytes.byteLength, from + mostBytes);
      given = Math.max(given, end);
      return heldBody(held, { from, end }, 0, progress);
    },
    failure: () => undefined,
    async close() {
      held.bytes = undefined;
    },
  };
}

/** Several pushes run at once, and each holds so much; more where the registry asks for larger chunks. */
const HELD_BYTES = 8 * 1024 * 1024;

/** What can be read once: a part is read into memory, and stays until the next one is asked for. */
export function createReadOnceSource(
  content: Bytes,
  expected: ContentId,
  { access, signal, progress }: SourceOptions,
): UploadSource {
  const pass = openPass(content, expected, signal);
  const memory = createPartMemory(access.room, signal);
  let held: Held = {};
  let first = 0;
  let end = 0;
  let failure: ReadFailure | undefined;

  const readNext = async (size: number): Promise<void> => {
    held.bytes = undefined;
    const bytes = await memory.ofSize(size);
    held = { bytes };
    first = end;
    while (end - first < size) {
      const piece = await pass.read(size - (end - first));
      if (piece === undefined) throw new RangeError('a part of the content reaches beyond its end');
      bytes.set(piece, end - first);
      end += piece.byteLength;
    }
  };
  return {
    gives: 'parts',
    firstByte: () => first,
    givenBytes: () => end,
    async part(from, { mostBytes, leastBytes }) {
      const size = Math.min(Math.max(Math.min(mostBytes, HELD_BYTES), leastBytes), expected.size - from);
      if (from === end && size > access.room.sizeBytes) throw neverHeld(access, expected, size);
      try {
        if (from === end) await readNext(size);
      } catch (thrown) {
        failure ??= { thrown };
        throw thrown;
      }
      return heldBody(held, { from, end: Math.min(end, from + mostBytes) }, first, progress);
    },
    failure: () => failure,
    async close() {
      held.bytes = undefined;
      memory.drop();
      await pass.close();
    },
  };
}

interface PartMemory {
  /** For the next part; the one before is given up for it. Waits for room. */
  ofSize(bytes: number): Promise<Uint8Array>;
  drop(): void;
}

function createPartMemory(room: Room, signal: AbortSignal | undefined): PartMemory {
  let current: Uint8Array | undefined;
  let leave: (() => void) | undefined;
  const drop = (): void => {
    current = undefined;
    leave?.();
  };
  return {
    drop,
    async ofSize(bytes) {
      if (current?.byteLength === bytes) return current;
      drop();
      leave = await room.hold(bytes, signal);
      current = new Uint8Array(bytes);
      return current;
    },
  };
}

/** Nothing once it was given up: a request that is over may keep its body for a while, and must not keep the bytes. */
interface Held {
  bytes?: Uint8Array | undefined;
}

/** @param first where in the content the bytes that are held begin. */
function heldBody(
  held: Held,
  { from, end }: { readonly from: number; readonly end: number },
  first: number,
  progress: BlobProgress,
): HttpBody {
  return {
    sizeBytes: end - from,
    reopenable: true,
    *open() {
      progress.reach(from);
      for (let at = from; at < end;) {
        if (held.bytes === undefined) throw new RangeError('a part of the content was given up while it was sent');
        const piece = held.bytes.subarray(at - first, Math.min(end, at + LARGEST_BYTES) - first);
        at += piece.byteLength;
        progress.reach(at);
        yield piece;
      }
    },
  };
}

function neverHeld(access: RepositoryAccess, { digest }: ContentId, size: number): SquizzleError<'UNSUPPORTED'> {
  const hint = 'give content that can be read again, as a file can: it is streamed, and nothing of it is held';
  const message = `${describePlace(access)} takes ${digest} in chunks of ${size} bytes and more; of content that can be read once ${access.room.sizeBytes} bytes are held: ${hint}`;
  const details = { ...faultOf(access, null, hint), feature: 'push content that can be read once' };
  return new SquizzleError('UNSUPPORTED', message, details);
}
