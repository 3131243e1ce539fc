/**
 * Signs statements with a key. Log entries and timestamps are added where there are witnesses.
 *
 * @module
 */
import type { Signer } from '@sigstore/sign';
import type { CallOptions } from '@squizzle/core';
import type { RetryOptions } from '../http/retry.ts';
import { toCanonicalKey } from '../keys/canonical-key.ts';
import { keyHint } from '../keys/key-fingerprint.ts';
import { createWitnesses } from '../witnesses/create-witnesses.ts';
import { buildBundle, type BundleMakers } from './build-bundle.ts';
import { checkWitnesses } from './check-instance.ts';
import { checkSignature } from './check-signature.ts';
import type { KeySigner } from './key-signer.ts';
import type { Witnesses } from './sigstore-instance.ts';
import type { StatementSigner } from './statement-signer.ts';

export interface KeyStatementSignerOptions extends Pick<RetryOptions, 'fetch' | 'timeoutMs' | 'retries'> {
  readonly key: KeySigner;
  /** Default: none, so that the bundle has the key's word alone. */
  readonly witnesses?: Witnesses | undefined;
  readonly now?: (() => Date) | undefined;
}

/** @throws {SquizzleError} `SIGNING_CONFIG_INVALID` for witnesses that do not fit together. */
export function createKeyStatementSigner(options: KeyStatementSignerOptions): StatementSigner {
  const { key, witnesses = { rekor: null, tsaUrl: null }, now = () => new Date(), fetch, timeoutMs, retries } = options;
  const checked = checkWitnesses(witnesses);
  const makers = ({ signal }: Required<CallOptions>): BundleMakers => ({
    signer: withKey(key, { signal }),
    witnesses: createWitnesses(checked, { fetch, timeoutMs, retries, signal }),
  });
  return {
    description: key.description,
    sign: async (statement, call = {}) => buildBundle(statement, makers, now(), call),
  };
}

function withKey(key: KeySigner, call: CallOptions): Signer {
  return {
    sign: async (data) => {
      const publicKey = toCanonicalKey(await key.publicKey(call));
      const signature = checkSignature(publicKey, data, await key.sign(data, call), key.description);
      const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
      return {
        signature: Buffer.from(signature),
        key: { $case: 'publicKey', publicKey: pem, hint: keyHint(publicKey) },
      };
    },
  };
}
