/**
 * What an entry of a transparency log proves: that a log of the trusted root has it, and when, where the log promised
 * a time. The path from entry to checkpoint (the Merkle proof) is left to the library; what it passes over is here:
 * root and size that are not the checkpoint's, the checkpoint of another log, a log that was not trusted at the time.
 *
 * @module
 */
import type { TrustMaterial } from '@sigstore/verify';
import { canonicalJsonBytes } from '@squizzle/oci-spec';
import { refuseWith, type Refuse } from '../bundle/bundle-fault.ts';
import type { Checkpoint } from '../bundle/parse-checkpoint.ts';
import type { InclusionProof, LogEntry } from '../bundle/parsed-bundle.ts';
import { verifiesBytes } from './verify-signature.ts';

type Log = TrustMaterial['tlogs'][number];

export interface LogEvidence {
  readonly entry: LogEntry;
  /** Of the root, by the entry's log id. */
  readonly logs: readonly Log[];
  /** What the log promised; `null` where it did not. */
  readonly time: Date | null;
}

/** @throws {SquizzleError} `LOG_ENTRY_INVALID` */
export function verifyLogEntry(entry: LogEntry, { tlogs }: TrustMaterial): LogEvidence {
  const refuse = refuseWith('LOG_ENTRY_INVALID', entry.name);
  const logs = tlogs.filter(({ logID }) => logID.equals(entry.logId));
  if (logs.length === 0) refuse('the trusted root does not have its log');
  const { promise, proof } = entry;
  if (proof !== null) requireCheckpoint(entry, proof, logs, refuse);
  const time = promise === null ? null : verifyPromise(entry, promise, logs, refuse);
  return { entry, logs, time };
}

/**
 * A log that promises no time must have been trusted at the times that others vouch for.
 *
 * @param times at least one: where nobody vouches for any, it must be trusted now.
 * @throws {SquizzleError} `LOG_ENTRY_INVALID`
 */
export function requireTrustedLog({ entry, logs, time }: LogEvidence, times: readonly Date[]): void {
  if (time !== null) return;
  const trusted = logs.some((log) => times.every((each) => isWithin(each, log)));
  if (trusted) return;
  const reason = 'its log was not trusted when the signature was made, or is not now where nothing proves that time';
  refuseWith('LOG_ENTRY_INVALID', entry.name)(reason);
}

/** Both ends are included. */
export function isWithin(time: Date, { validFor: { start, end } }: Pick<Log, 'validFor'>): boolean {
  return start <= time && time <= end;
}

function verifyPromise(entry: LogEntry, promise: Buffer, logs: readonly Log[], refuse: Refuse): Date {
  const { logId, logIndex, integratedTime, body } = entry;
  const time = new Date(integratedTime * 1000);
  const promised = canonicalJsonBytes({
    body: body.toString('base64'),
    integratedTime,
    logID: logId.toString('hex'),
    logIndex,
  });
  const signers = logs.filter(({ publicKey }) => verifiesBytes(promised, publicKey, promise));
  if (signers.length === 0) refuse('its promise was not signed by the log');
  if (!signers.some((log) => isWithin(time, log))) refuse('its log was not trusted at the time of the entry');
  return time;
}

function requireCheckpoint(entry: LogEntry, proof: InclusionProof, logs: readonly Log[], refuse: Refuse): void {
  const { checkpoint, rootHash, treeSize, logIndex } = proof;
  if (!rootHash.equals(checkpoint.rootHash)) refuse('the root of its proof is not that of the checkpoint');
  if (treeSize !== checkpoint.treeSize) refuse('the size of its proof is not that of the checkpoint');
  if (isRekor2(entry) && entry.logIndex !== logIndex) refuse('its index is not that of its proof');
  if (!isSignedByLog(checkpoint, logs)) refuse('its checkpoint was not signed by the log');
}

/** In Rekor 1 an entry has one index in its tree and another over all trees; the promise is over the latter. */
function isRekor2({ kind, version, promise }: LogEntry): boolean {
  return promise === null && version === '0.0.2' && kind !== 'intoto';
}

/** Signatures of witnesses are passed over: the root does not have their keys. All that claim to be the log's must be. */
function isSignedByLog({ signatures, note }: Checkpoint, logs: readonly Log[]): boolean {
  const checks = signatures.flatMap(({ name, keyHint, signature }) =>
    logs
      .filter(({ logID, baseURL }) => logID.subarray(0, keyHint.length).equals(keyHint) && baseURL.includes(name))
      .map(({ publicKey }) => verifiesBytes(note, publicKey, signature)),
  );
  return checks.length > 0 && checks.every(Boolean);
}
