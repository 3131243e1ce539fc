/**
 * A timestamp authority: an RFC 3161 timestamp over the signature, asked for as every authority understands it.
 *
 * No nonce: a timestamp of the same signature that was made before would do as well. No certificates: verifiers take
 * those of their trusted root.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3161#section-2.4
 * @module
 */
import type { Witness } from '@sigstore/sign';
import type { ServiceAnswer, ServiceRequest } from '../http/exchange.ts';
import { exchangeWithRetries, type RetryOptions } from '../http/retry.ts';
import { endpoint } from '../http/service-url.ts';
import { signingFailed } from '../http/signing-failed.ts';
import { sha256, toSignedEnvelope } from './signed-envelope.ts';

/** What verifiers take at most, so no more is asked for. */
const MAX_BYTES = 18_000;
/** DER of a request of version 1 for a SHA-256, up to the hash. */
const REQUEST = Buffer.from('30360201013031300d060960864801650304020105000420', 'hex');
const SEQUENCE = 0x30;
const SIGSTORE_PATH = '/api/v1/timestamp';
/** What a server says to a question in a form that it does not know. */
const MISUNDERSTOOD: ReadonlySet<number> = new Set([400, 406, 415, 422]);
/** Status `granted` or `grantedWithMods`, as the first element of the answer. */
const GRANTED = [Buffer.of(0x02, 0x01, 0x00), Buffer.of(0x02, 0x01, 0x01)];

/**
 * Throws `SIGNING_FAILED`, and the signal's reason when aborted.
 *
 * @param url of the service; one without a path gets `/api/v1/timestamp`, which Sigstore's has.
 */
export function createTimestampWitness(url: URL, options: RetryOptions = {}): Witness {
  const service = `timestamp authority at ${url.origin}`;
  const address = url.pathname === '/' ? endpoint(url, SIGSTORE_PATH) : url;
  return {
    testify: async (content) => {
      const hash = sha256(toSignedEnvelope(content).signature);
      const ask = async (query: Query): Promise<ServiceAnswer> =>
        exchangeWithRetries({ service, url: address, ...query }, { ...options, maxBytes: MAX_BYTES });
      const first = await ask(derQuery(hash));
      const takesJsonAlone = MISUNDERSTOOD.has(first.status) && address.pathname.endsWith(SIGSTORE_PATH);
      const answer = takesJsonAlone ? await ask(jsonQuery(hash)) : first;
      if (!answer.ok) throw signingFailed(service, answer.status);
      const signedTimestamp = Buffer.from(answer.body);
      if (!isGranted(signedTimestamp)) {
        throw signingFailed(service, answer.status, 'it gave no timestamp: see that the address is right');
      }
      return { rfc3161Timestamps: [{ signedTimestamp }] };
    },
  };
}

type Query = Pick<ServiceRequest, 'headers' | 'body'>;

function derQuery(hash: Uint8Array): Query {
  const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
  return { headers, body: Buffer.concat([REQUEST, hash]) };
}

/** As Sigstore's own client asks: some of its servers, in tests above all, understand nothing else. */
function jsonQuery(hash: Uint8Array): Query {
  const body = { artifactHash: Buffer.from(hash).toString('base64'), hashAlgorithm: 'sha256', certificates: false };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Whether it begins as the DER of a response that was granted; its signature is for verifiers. */
function isGranted(answer: Buffer): boolean {
  if (answer[0] !== SEQUENCE) return false;
  const length = answer[1] ?? 0;
  const status = length < 0x80 ? 2 : 2 + (length & 0x7f);
  const integer = answer.subarray(status + 2, status + 5);
  return answer[status] === SEQUENCE && GRANTED.some((granted) => granted.equals(integer));
}
