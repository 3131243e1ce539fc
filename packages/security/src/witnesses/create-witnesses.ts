/**
 * The witnesses of an instance, in the order in which a bundle has them.
 *
 * @module
 */
import type { Witness } from '@sigstore/sign';
import type { RetryOptions } from '../http/retry.ts';
import type { CheckedWitnesses } from '../signing/check-instance.ts';
import { createRekorV1Witness } from './rekor-v1.ts';
import { createRekorV2Witness } from './rekor-v2.ts';
import { createTimestampWitness } from './timestamp-authority.ts';

export function createWitnesses({ rekor, tsa }: CheckedWitnesses, options: RetryOptions): Witness[] {
  const witnesses: Witness[] = [];
  if (rekor?.majorVersion === 1) witnesses.push(createRekorV1Witness(rekor.url, options));
  if (rekor?.majorVersion === 2) witnesses.push(createRekorV2Witness(rekor.url, options));
  if (tsa !== null) witnesses.push(createTimestampWitness(tsa, options));
  return witnesses;
}
