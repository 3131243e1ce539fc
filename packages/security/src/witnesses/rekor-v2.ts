/**
 * Rekor of version 2: a `hashedrekord` entry over what the envelope signs, because this version has no `dsse` entries.
 *
 * It promises no time, so a timestamp must stand beside it. The answer is used only when its entry has our digest and
 * our signature in it.
 *
 * @see https://github.com/sigstore/rekor-tiles/blob/main/CLIENTS.md
 * @module
 */
import { TransparencyLogEntry } from '@sigstore/protobuf-specs';
import type { VerificationMaterial, Witness } from '@sigstore/sign';
import * as v from 'valibot';
import { parseJson, readJson } from '../http/read-json.ts';
import { exchangeWithRetries, type RetryOptions } from '../http/retry.ts';
import { endpoint } from '../http/service-url.ts';
import { signingFailed } from '../http/signing-failed.ts';
import { signedDigest, toEnvelopeVerifier, toSignedEnvelope, type SignedEnvelope } from './signed-envelope.ts';

type LogEntry = NonNullable<VerificationMaterial['tlogEntries']>[number];

const count = v.pipe(v.string(), v.regex(/^\d{1,18}$/)); // 64-bit integers are strings in the JSON of protobuf
const base64 = v.pipe(v.string(), v.nonEmpty(), v.base64());
const ANSWER = v.object({
  logIndex: v.optional(count, '0'),
  logId: v.object({ keyId: base64 }),
  kindVersion: v.object({ kind: v.literal('hashedrekord'), version: v.literal('0.0.2') }),
  canonicalizedBody: base64,
  inclusionProof: v.object({
    logIndex: v.optional(count, '0'),
    treeSize: count,
    rootHash: base64,
    hashes: v.optional(v.pipe(v.array(base64), v.maxLength(64)), []),
    checkpoint: v.object({ envelope: v.pipe(v.string(), v.nonEmpty()) }),
  }),
});
type Answer = v.InferOutput<typeof ANSWER>;
const BODY = v.object({
  apiVersion: v.literal('0.0.2'),
  kind: v.literal('hashedrekord'),
  spec: v.object({
    hashedRekordV002: v.object({
      data: v.object({ algorithm: v.literal('SHA2_256'), digest: base64 }),
      signature: v.object({ content: base64 }),
    }),
  }),
});
/** The log answers when the entry is in a checkpoint, which takes seconds. */
const TIMEOUT_MS = 30_000;

/** Throws `SIGNING_FAILED`, and the signal's reason when aborted. */
export function createRekorV2Witness(url: URL, options: RetryOptions = {}): Witness {
  const service = `Rekor at ${url.origin}`;
  return {
    testify: async (content, publicKey) => {
      const envelope = toSignedEnvelope(content);
      const request = {
        service,
        url: endpoint(url, '/api/v2/log/entries'),
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: entryRequest(envelope, publicKey),
      };
      const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
      const answer = await exchangeWithRetries(request, { ...options, timeoutMs });
      if (!answer.ok) throw signingFailed(service, answer.status);
      const entry = readJson(service, answer, ANSWER);
      if (!isAbout(entry, envelope)) {
        throw signingFailed(service, answer.status, 'its entry is about something else: do not trust this log');
      }
      return { tlogEntries: [toLogEntry(entry)] };
    },
  };
}

function entryRequest(envelope: SignedEnvelope, publicKey: string): string {
  const { form, der, kind } = toEnvelopeVerifier(publicKey);
  const hashedRekordRequestV002 = {
    digest: signedDigest(envelope).toString('base64'),
    signature: {
      content: envelope.signature.toString('base64'),
      verifier: { [form]: { rawBytes: der.toString('base64') }, keyDetails: kind },
    },
  };
  return JSON.stringify({ hashedRekordRequestV002 });
}

function isAbout({ canonicalizedBody }: Answer, envelope: SignedEnvelope): boolean {
  const body = v.safeParse(BODY, parseJson(Buffer.from(canonicalizedBody, 'base64')));
  if (!body.success) return false;
  const { data, signature } = body.output.spec.hashedRekordV002;
  return (
    data.digest === signedDigest(envelope).toString('base64') &&
    signature.content === envelope.signature.toString('base64')
  );
}

/** Only what was checked goes into the bundle. */
function toLogEntry(answer: Answer): LogEntry {
  const entry = TransparencyLogEntry.fromJSON(answer);
  const { logId, kindVersion, inclusionProof } = entry;
  if (logId === undefined || kindVersion === undefined) throw new TypeError('an entry without log');
  return { ...entry, logId, kindVersion, inclusionPromise: undefined, inclusionProof };
}
