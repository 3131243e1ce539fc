/**
 * One entry of a transparency log, as a bundle has it.
 *
 * Its rule: from version 0.2 on an entry has a proof of inclusion with a checkpoint; in version 0.1 the log's promise
 * is enough, and a proof that has no checkpoint proves nothing and is passed over.
 *
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_rekor.proto
 * @module
 */
import { isPresent, readBytes, readItems, readMembers, readText, readUnsigned, refuseField } from './bundle-field.ts';
import type { BundleField } from './bundle-field.ts';
import { refuseWith } from './bundle-fault.ts';
import { PART_LIMITS } from './bundle-limits.ts';
import { parseCheckpoint } from './parse-checkpoint.ts';
import type { BundleVersion, InclusionProof, LogEntry } from './parsed-bundle.ts';

const HASH_BYTES = 32;
const MEMBERS = [
  'logIndex',
  'logId',
  'kindVersion',
  'integratedTime',
  'inclusionPromise',
  'inclusionProof',
  'canonicalizedBody',
] as const;

/** @throws {SquizzleError} `BUNDLE_INVALID`, `BUNDLE_TOO_LARGE`; `LOG_ENTRY_INVALID` for a checkpoint that is none. */
export function parseLogEntry(field: BundleField, index: number, version: BundleVersion, limit: number): LogEntry {
  const members = readMembers(field, MEMBERS);
  const name = `log entry ${index + 1}`;
  const { kind, version: kindVersion } = readMembers(members.kindVersion, ['kind', 'version']);
  const { keyId } = readMembers(members.logId, ['keyId']);
  const promise = parsePromise(members.inclusionPromise);
  const proof = isPresent(members.inclusionProof) ? parseProof(members.inclusionProof, name, version) : null;
  if (version === '0.1' && promise === null) refuseField(members.inclusionPromise, 'there in a bundle of version 0.1');
  if (version !== '0.1' && proof === null) refuseField(members.inclusionProof, 'there since version 0.2 of bundles');
  return {
    name,
    logId: readBytes(keyId, 64),
    logIndex: readUnsigned(members.logIndex),
    kind: readText(kind, PART_LIMITS.textCharacters),
    version: readText(kindVersion, PART_LIMITS.textCharacters),
    body: readBytes(members.canonicalizedBody, limit),
    integratedTime: readUnsigned(members.integratedTime),
    promise,
    proof,
  };
}

function parsePromise(field: BundleField): Buffer | null {
  if (!isPresent(field)) return null;
  const { signedEntryTimestamp } = readMembers(field, ['signedEntryTimestamp']);
  return readBytes(signedEntryTimestamp, PART_LIMITS.signatureBytes);
}

function parseProof(field: BundleField, name: string, version: BundleVersion): InclusionProof | null {
  const members = readMembers(field, ['logIndex', 'rootHash', 'treeSize', 'hashes', 'checkpoint']);
  for (const hash of readItems(members.hashes, PART_LIMITS.proofHashes)) readHash(hash);
  const rootHash = readHash(members.rootHash);
  const logIndex = readUnsigned(members.logIndex);
  const treeSize = readUnsigned(members.treeSize);
  if (!isPresent(members.checkpoint)) {
    return version === '0.1' ? null : refuseField(members.checkpoint, 'there since version 0.2 of bundles');
  }
  const { envelope } = readMembers(members.checkpoint, ['envelope']);
  const text = readText(envelope, PART_LIMITS.checkpointBytes);
  const checkpoint = parseCheckpoint(text, refuseWith('LOG_ENTRY_INVALID', `${name}: its checkpoint is not sound`));
  return { logIndex, treeSize, rootHash, checkpoint };
}

function readHash(field: BundleField): Buffer {
  const hash = readBytes(field, HASH_BYTES);
  return hash.length === HASH_BYTES ? hash : refuseField(field, 'a SHA-256');
}
