/**
 * Checkpoints: what a log says of its tree, as a signed note.
 *
 * @see https://github.com/transparency-dev/formats/blob/main/log/README.md
 * @module
 */
import { sign, type KeyObject } from 'node:crypto';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export interface NoteSigner {
  /** What verifiers compare with the address of the log. */
  readonly name: string;
  /** The first four bytes go before the signature. */
  readonly keyId: Buffer;
  readonly privateKey: KeyObject;
}

export function signCheckpoint({ origin, size, root }: Checkpoint, { name, keyId, privateKey }: NoteSigner): string {
  const note = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const algorithm = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signature = Buffer.concat([keyId.subarray(0, 4), sign(algorithm, Buffer.from(note), privateKey)]);
  return `${note}\n\u2014 ${name} ${signature.toString('base64')}\n`;
}
