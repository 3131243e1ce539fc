/**
 * What a signature over data is about: its digest.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { StatementSubject } from '../statements/statement.ts';
import type { SubjectDigest } from '../verification/verified-bundle.ts';

export type ChecksumAlgorithm = 'sha256' | 'sha512';

/** `sha512` is added to `sha256`, never in its place: whoever reads a signature without us looks for SHA-256. */
export function digestsOf(data: string | Uint8Array, algorithm: ChecksumAlgorithm): SubjectDigest {
  const sha256 = hash('sha256', data);
  return algorithm === 'sha512' ? { sha256, sha512: hash('sha512', data) } : { sha256 };
}

export function subjectOfData(data: string | Uint8Array, algorithm: ChecksumAlgorithm): StatementSubject {
  return { digest: { ...digestsOf(data, algorithm) } };
}

function hash(algorithm: ChecksumAlgorithm, data: string | Uint8Array): string {
  return createHash(algorithm).update(data).digest('hex');
}
