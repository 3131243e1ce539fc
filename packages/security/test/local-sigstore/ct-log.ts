/**
 * A certificate transparency log, as far as certificates show it: signed certificate timestamps (SCT).
 *
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-3.2
 * @module
 */
import { sign } from 'node:crypto';
import { extension } from './certificate.ts';
import { octets } from './der.ts';
import { createP256KeyPair, sha256, spkiOf, type KeyPair } from './key-pair.ts';

const VERSION_1 = 0;
const CERTIFICATE_TIMESTAMP = 0;
const PRECERT_ENTRY = 1;
const SHA256_WITH_ECDSA = [4, 3];
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';

export interface CtLog {
  readonly keys: KeyPair;
  /** @returns the extension of the certificate that says when it was logged. */
  log(toBeSigned: Uint8Array, issuerSpki: Uint8Array, at: Date): Buffer;
}

export function createCtLog(): CtLog {
  const keys = createP256KeyPair();
  const logId = sha256(spkiOf(keys.publicKey));
  return {
    keys,
    log(toBeSigned, issuerSpki, at) {
      const timestamp = number(at.getTime(), 8);
      const noExtensions = number(0, 2);
      const signed = Buffer.concat([
        Uint8Array.of(VERSION_1, CERTIFICATE_TIMESTAMP),
        timestamp,
        number(PRECERT_ENTRY, 2),
        sha256(issuerSpki),
        number(toBeSigned.length, 3),
        toBeSigned,
        noExtensions,
      ]);
      const sct = Buffer.concat([
        Uint8Array.of(VERSION_1),
        logId,
        timestamp,
        noExtensions,
        Uint8Array.from(SHA256_WITH_ECDSA),
        withLength(sign('sha256', signed, keys.privateKey)),
      ]);
      return extension(SCT_LIST, octets(withLength(withLength(sct))));
    },
  };
}

const withLength = (content: Uint8Array): Buffer => Buffer.concat([number(content.length, 2), content]);

function number(value: number, bytes: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64BE(BigInt(value));
  return eight.subarray(8 - bytes);
}
