/**
 * A statement, signed and witnessed, as a Sigstore bundle v0.3.
 *
 * @module
 */
import { bundleToJSON } from '@sigstore/bundle';
import type { Signer, Witness } from '@sigstore/sign';
import type { CallOptions } from '@squizzle/core';
import { STATEMENT_PAYLOAD_TYPE, type Statement } from '../statements/statement.ts';
import type { SignedBundle } from './statement-signer.ts';

export interface BundleMakers {
  readonly signer: Signer;
  readonly witnesses: Witness[];
}

/**
 * @param makers made for this call: all of them end with the signal they are given.
 * @throws what signer and witnesses throw; what of them was still at work is stopped then.
 */
export async function buildBundle(
  statement: Statement,
  makers: (call: Required<CallOptions>) => BundleMakers,
  created: Date,
  { signal }: CallOptions,
): Promise<SignedBundle> {
  const { DSSEBundleBuilder } = await import('@sigstore/sign'); // 60 MB and 0.2 s that verifying does not need
  signal?.throwIfAborted();
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const builder = new DSSEBundleBuilder(makers({ signal: stopped.signal }));
    const data = Buffer.from(JSON.stringify(statement));
    const made = builder.create({ data, type: STATEMENT_PAYLOAD_TYPE });
    const bundle = await Promise.race([made, rejectOnAbort(stopped.signal)]); // a key may not look at the signal
    return { json: JSON.stringify(bundleToJSON(bundle)), predicateType: statement.predicateType, created };
  } finally {
    signal?.removeEventListener('abort', stop);
    stopped.abort();
  }
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
