/**
 * What a DSSE envelope signs: payload and type, each with its length before it.
 *
 * @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 * @module
 */

export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.byteLength} `), payload]);
}
