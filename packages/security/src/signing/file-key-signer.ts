/**
 * A signer whose key lies in a file. It is opened once, when it is first needed.
 *
 * @module
 */
import { sign, type KeyObject } from 'node:crypto';
import { toCanonicalKey } from '../keys/canonical-key.ts';
import { readPrivateKey } from '../keys/read-private-key.ts';
import { checkSignature } from './check-signature.ts';
import type { KeySigner } from './key-signer.ts';

export interface FileKeyOptions {
  /** The file's text: cosign's encrypted key, PKCS#8, SEC1 or PKCS#1. */
  readonly pem: string;
  /** `null`: there is none. */
  readonly password: string | null;
  /** Where it lies, for messages: `trust/ci.key`. */
  readonly origin: string;
}

/** Faults of the key, a wrong password too, are thrown by its methods: `KEY_UNUSABLE`. */
export function createFileKeySigner({ pem, password, origin }: FileKeyOptions): KeySigner {
  let opened: Promise<KeyObject> | undefined;
  const open = async (signal: AbortSignal | undefined): Promise<KeyObject> => {
    signal?.throwIfAborted();
    opened ??= readPrivateKey(pem, password, origin);
    return opened;
  };
  return {
    description: `key file ${origin}`,
    publicKey: async ({ signal } = {}) => toCanonicalKey(await open(signal)),
    sign: async (bytes, { signal } = {}) => {
      const key = await open(signal);
      return checkSignature(toCanonicalKey(key), bytes, sign('sha256', bytes, key), origin);
    },
  };
}
