/**
 * Checkpoints of transparency logs: signed notes. The library hands the names of signers to `String.match`, so a
 * name with characters of regular expressions is refused here.
 *
 * @see https://github.com/C2SP/C2SP/blob/main/signed-note.md
 * @see https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md
 * @module
 */
import type { Refuse } from './bundle-fault.ts';
import { PART_LIMITS } from './bundle-limits.ts';

export interface CheckpointSignature {
  /** Of the log, or of a witness. */
  readonly name: string;
  /** The first four bytes of the signer's key id. */
  readonly keyHint: Buffer;
  readonly signature: Buffer;
}

export interface Checkpoint {
  /** What the signatures are over. */
  readonly note: Buffer;
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly signatures: readonly CheckpointSignature[];
}

const SIZE = /^(?:0|[1-9]\d{0,15})$/;
const SIGNATURE_LINE = /^\u2014 ([A-Za-z0-9._:/@~-]{1,256}) ([A-Za-z0-9+/]{4,2000}={0,2})$/;
const HINT_BYTES = 4;

/** Text: the note, an empty line, a line for each signature. */
export function parseCheckpoint(envelope: string, refuse: Refuse): Checkpoint {
  const end = envelope.indexOf('\n\n');
  if (end === -1) refuse('it has no empty line between what is signed and the signatures');
  const note = envelope.slice(0, end + 1);
  const [origin, size, root] = note.split('\n');
  if (origin === undefined || origin === '') refuse('it does not begin with the name of its log');
  if (size === undefined || !SIZE.test(size)) refuse('its second line must be the size of the log');
  const rootHash = Buffer.from(root ?? '', 'base64');
  if (rootHash.length !== 32 || rootHash.toString('base64') !== root)
    refuse('its third line must be a SHA-256 in base64');
  return {
    note: Buffer.from(note),
    treeSize: Number(size),
    rootHash,
    signatures: parseSignatures(envelope.slice(end + 2), refuse),
  };
}

function parseSignatures(text: string, refuse: Refuse): readonly CheckpointSignature[] {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length === 0) refuse('it must end with a line for each signature');
  if (lines.length > PART_LIMITS.checkpointSignatures) {
    refuse(`it has more than ${PART_LIMITS.checkpointSignatures} signatures`);
  }
  return lines.map((line, index) => {
    const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
    const bytes = Buffer.from(base64 ?? '', 'base64');
    if (name === undefined || bytes.length <= HINT_BYTES || bytes.toString('base64') !== base64) {
      return refuse(`line ${index + 1} after the empty one must be a dash, a signer's name and a signature`);
    }
    return { name, keyHint: bytes.subarray(0, HINT_BYTES), signature: bytes.subarray(HINT_BYTES) };
  });
}
