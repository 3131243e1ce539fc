/**
 * Rekor of version 1: the envelope goes in as a `dsse` entry, and comes back with a promise, a proof and a time.
 *
 * The answer is used only when its entry has our payload and our signature in it.
 *
 * @see https://github.com/sigstore/rekor/blob/main/openapi.yaml
 * @module
 */
import type { VerificationMaterial, Witness } from '@sigstore/sign';
import * as v from 'valibot';
import type { ServiceAnswer } from '../http/exchange.ts';
import { parseJson, readJson } from '../http/read-json.ts';
import { exchangeWithRetries, type RetryOptions } from '../http/retry.ts';
import { endpoint } from '../http/service-url.ts';
import { signingFailed } from '../http/signing-failed.ts';
import { sha256, toSignedEnvelope, type SignedEnvelope } from './signed-envelope.ts';

type LogEntry = NonNullable<VerificationMaterial['tlogEntries']>[number];

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const base64 = v.pipe(v.string(), v.nonEmpty(), v.base64());
const ENTRY = v.object({
  body: base64,
  integratedTime: count,
  logID: hash,
  logIndex: count,
  verification: v.object({
    inclusionProof: v.object({
      checkpoint: v.pipe(v.string(), v.nonEmpty()),
      hashes: v.pipe(v.array(hash), v.maxLength(64)),
      logIndex: count,
      rootHash: hash,
      treeSize: count,
    }),
    signedEntryTimestamp: base64,
  }),
});
type Entry = v.InferOutput<typeof ENTRY>;
const ANSWER = v.pipe(
  v.record(v.string(), ENTRY),
  v.check((entries) => Object.keys(entries).length === 1),
);
const BODY = v.object({
  apiVersion: v.literal('0.0.1'),
  kind: v.literal('dsse'),
  spec: v.object({
    payloadHash: v.object({ algorithm: v.literal('sha256'), value: hash }),
    signatures: v.pipe(v.array(v.object({ signature: base64 })), v.length(1)),
  }),
});
const UUID = /^[0-9a-f]{64,80}$/;
const ENTRIES = '/api/v1/log/entries';

/** Throws `SIGNING_FAILED`, and the signal's reason when aborted. */
export function createRekorV1Witness(url: URL, options: RetryOptions = {}): Witness {
  const service = `Rekor at ${url.origin}`;
  return {
    testify: async (content, publicKey) => {
      const envelope = toSignedEnvelope(content);
      const answer = await submit(service, url, proposedEntry(envelope, publicKey), options);
      const [entry] = Object.values(readJson(service, answer, ANSWER));
      if (entry === undefined || !isAbout(entry, envelope)) {
        throw signingFailed(service, answer.status, 'its entry is about something else: do not trust this log');
      }
      return { tlogEntries: [toLogEntry(entry)] };
    },
  };
}

/** An entry that is there already is fetched: an earlier attempt may have lost its answer. */
async function submit(service: string, url: URL, body: string, options: RetryOptions): Promise<ServiceAnswer> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const answer = await exchangeWithRetries({ service, url: endpoint(url, ENTRIES), headers, body }, options);
  if (answer.status !== 409) return succeeded(service, answer);
  const uuid = answer.headers.get('location')?.split('/').at(-1) ?? '';
  if (!UUID.test(uuid))
    throw signingFailed(service, 409, 'it has this entry already and does not say where: sign again');
  return succeeded(
    service,
    await exchangeWithRetries({ service, url: endpoint(url, `${ENTRIES}/${uuid}`), headers }, options),
  );
}

function succeeded(service: string, answer: ServiceAnswer): ServiceAnswer {
  if (!answer.ok) throw signingFailed(service, answer.status);
  return answer;
}

function proposedEntry({ payloadType, payload, keyid, signature }: SignedEnvelope, publicKey: string): string {
  const envelope = {
    payload: payload.toString('base64'),
    payloadType,
    signatures: [{ sig: signature.toString('base64'), keyid }],
  };
  const verifiers = [Buffer.from(publicKey).toString('base64')];
  const spec = { proposedContent: { envelope: JSON.stringify(envelope), verifiers } };
  return JSON.stringify({ apiVersion: '0.0.1', kind: 'dsse', spec });
}

function isAbout(entry: Entry, { payload, signature }: SignedEnvelope): boolean {
  const body = v.safeParse(BODY, parseJson(Buffer.from(entry.body, 'base64')));
  return (
    body.success &&
    body.output.spec.payloadHash.value === sha256(payload).toString('hex') &&
    body.output.spec.signatures[0]?.signature === signature.toString('base64')
  );
}

function toLogEntry({ body, integratedTime, logID, logIndex, verification }: Entry): LogEntry {
  const { inclusionProof: proof, signedEntryTimestamp } = verification;
  return {
    logIndex: `${logIndex}`,
    logId: { keyId: Buffer.from(logID, 'hex') },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    integratedTime: `${integratedTime}`,
    inclusionPromise: { signedEntryTimestamp: Buffer.from(signedEntryTimestamp, 'base64') },
    inclusionProof: {
      logIndex: `${proof.logIndex}`,
      treeSize: `${proof.treeSize}`,
      rootHash: Buffer.from(proof.rootHash, 'hex'),
      hashes: proof.hashes.map((each) => Buffer.from(each, 'hex')),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: Buffer.from(body, 'base64'),
  };
}
