/**
 * A chunk on its way into the file of an upload: written and hashed at the same time, piece by piece.
 *
 * What is refused is taken back whole. What arrived before its source failed stays, so that the client can go on.
 *
 * @module
 */
import type { Chunk } from '../contracts.ts';
import { writeAll, type FileSystem } from './file-system.ts';
import type { LiveHash } from './live-hashes.ts';
import type { Semaphore } from './semaphore.ts';
import { blobTooLarge, sizeInvalid } from '../upload-errors.ts';

export interface Receiver {
  readonly fs: FileSystem;
  /** Around each piece: between pieces of many uploads other requests get their turn. */
  readonly permits: Semaphore;
  readonly maxBlobBytes: number;
}

export interface ReceivingFile {
  readonly fd: number;
  /** The length of the file, where the chunk begins. */
  readonly offset: number;
  /** Of what the file holds. Left out, the bytes are only written. */
  readonly hash: LiveHash | undefined;
  /** Throws when the session has been ended by someone else. */
  readonly requireOpen: () => void;
}

export type Received =
  | { readonly type: 'whole'; readonly sizeBytes: number }
  /** The source failed. The file, and the hash, have what came before. */
  | { readonly type: 'interrupted'; readonly reason: unknown }
  /** The file has its old length; the hash does not fit it any more. */
  | { readonly type: 'refused'; readonly reason: unknown }
  /** As `refused`, but what arrived could not be taken back. */
  | { readonly type: 'spoilt'; readonly reason: unknown };

/** Hashed in one turn of the event loop: a millisecond. */
const PIECE_BYTES = 256 * 1024;

/** Never throws: what has become of the file is in the result. */
export async function receiveChunk(receiver: Receiver, file: ReceivingFile, chunk: Chunk): Promise<Received> {
  let received = 0;
  let refused = false;
  /** Tells what is thrown here from what the source throws. */
  const here = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      refused = true;
      throw thrown;
    }
  };
  try {
    for await (const bytes of chunk.bytes) {
      await here(async () => {
        file.requireOpen();
        requireRoom(receiver, file, chunk, received + bytes.byteLength);
        await writePieces(receiver, file, bytes, file.offset + received);
        received += bytes.byteLength;
      });
    }
    await here(async () => {
      file.requireOpen();
      if (received < (chunk.sizeBytes ?? 0)) throw sizeInvalid(chunk.sizeBytes ?? 0, `${received}`);
    });
    return { type: 'whole', sizeBytes: file.offset + received };
  } catch (reason) {
    return refused ? takeBack(receiver.fs, file, reason) : { type: 'interrupted', reason };
  }
}

function requireRoom({ maxBlobBytes }: Receiver, { offset }: ReceivingFile, chunk: Chunk, received: number): void {
  if (chunk.sizeBytes !== undefined && received > chunk.sizeBytes) {
    throw sizeInvalid(chunk.sizeBytes, `at least ${received}`);
  }
  if (offset + received > maxBlobBytes) throw blobTooLarge(maxBlobBytes);
}

async function writePieces(
  { fs, permits }: Receiver,
  { fd, hash }: ReceivingFile,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    await permits.run(async () => {
      const writing = writeAll(fs, fd, piece, position + at);
      hash?.digester.update(piece);
      await writing;
    });
  }
}

async function takeBack(fs: FileSystem, { fd, offset }: ReceivingFile, reason: unknown): Promise<Received> {
  try {
    await fs.truncate(fd, offset);
    return { type: 'refused', reason };
  } catch {
    return { type: 'spoilt', reason };
  }
}
