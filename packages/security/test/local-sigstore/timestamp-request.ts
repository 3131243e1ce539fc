/**
 * What a timestamp authority is asked: DER as RFC 3161 has it, or JSON as Sigstore's clients send it.
 *
 * @module
 */
import * as v from 'valibot';
import { oid, readValues, sequence } from './der.ts';
import type { ServiceRequest } from './service-host.ts';
import { ServiceRefusal } from './service-refusal.ts';

const [SEQUENCE, INTEGER, OBJECT_IDENTIFIER, BOOLEAN] = [0x30, 0x02, 0x06, 0x01];
const HASHES = {
  sha256: oid('2.16.840.1.101.3.4.2.1'),
  sha384: oid('2.16.840.1.101.3.4.2.2'),
  sha512: oid('2.16.840.1.101.3.4.2.3'),
};

export interface TimestampRequest {
  /** DER of the algorithm identifier. */
  readonly algorithm: Buffer;
  readonly digest: Buffer;
  /** The bytes of the integer; `null`: none was sent. */
  readonly nonce: Buffer | null;
  /** Whether the certificate of the authority goes with the answer. */
  readonly withCertificate: boolean;
}

const JsonRequest = v.object({
  artifactHash: v.string(),
  hashAlgorithm: v.picklist(['sha256', 'sha384', 'sha512']),
  certificates: v.optional(v.boolean(), false),
  nonce: v.optional(v.number()),
});

export function parseTimestampRequest({ headers, body }: ServiceRequest): TimestampRequest {
  if (headers['content-type'] === 'application/timestamp-query') return parseDer(body);
  const request = v.parse(JsonRequest, JSON.parse(body.toString()));
  return {
    algorithm: sequence(HASHES[request.hashAlgorithm]),
    digest: Buffer.from(request.artifactHash, 'base64'),
    nonce: request.nonce === undefined ? null : Buffer.from(request.nonce.toString(16).padStart(16, '0'), 'hex'),
    withCertificate: request.certificates,
  };
}

function parseDer(body: Buffer): TimestampRequest {
  const [, imprint, ...rest] = readValues(readValues(body)[0]?.content ?? body);
  const [algorithm, digest] = imprint?.tag === SEQUENCE ? readValues(imprint.content) : [];
  const [identifier] = algorithm === undefined ? [] : readValues(algorithm.content);
  if (digest === undefined || identifier?.tag !== OBJECT_IDENTIFIER)
    throw new ServiceRefusal(400, 'a timestamp request has an algorithm and a digest');
  return {
    algorithm: sequence(Buffer.concat([Uint8Array.of(identifier.tag, identifier.content.length), identifier.content])),
    digest: digest.content,
    nonce: rest.find(({ tag }) => tag === INTEGER)?.content ?? null,
    withCertificate: rest.some(({ tag, content }) => tag === BOOLEAN && content[0] !== 0),
  };
}
