/**
 * The Merkle tree of a log, kept whole.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 * @module
 */
import { sha256 } from './key-pair.ts';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly root: Buffer;
  /** From the leaf up. */
  readonly path: readonly Buffer[];
}

export interface MerkleTree {
  append(entry: Uint8Array): Inclusion;
}

/** @param strangers entries that were there before, so that no proof is empty. */
export function createMerkleTree(strangers: number): MerkleTree {
  const leaves = Array.from({ length: strangers }, (_, index) => sha256(LEAF, Buffer.from(`entry ${index}`)));
  return {
    append(entry) {
      const index = leaves.push(sha256(LEAF, entry)) - 1;
      return { index, size: leaves.length, root: rootOf(leaves), path: pathOf(index, leaves) };
    },
  };
}

/** The largest power of two below `size`. */
const splitOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) throw new RangeError('a tree without leaves has no path');
  if (leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return sha256(NODE, rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function pathOf(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...pathOf(index, left), rootOf(right)] : [...pathOf(index - split, right), rootOf(left)];
}
