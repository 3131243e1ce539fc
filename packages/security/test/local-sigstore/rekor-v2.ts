/**
 * Rekor, version 2: entries with a proof and no time. Like the real one it knows `hashedrekord` alone, unless told so.
 *
 * @see https://github.com/sigstore/rekor-tiles/blob/main/api/proto/rekor_service.proto
 * @module
 */
import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { toCanonicalJson } from './canonical-json.ts';
import { signCheckpoint } from './checkpoint.ts';
import { createEd25519KeyPair, sha256, type KeyPair } from './key-pair.ts';
import { checkDigestSignature, checkSignature, preAuthenticationEncoding } from './log-submission.ts';
import { createMerkleTree } from './merkle-tree.ts';
import type { RekorSurroundings } from './rekor-v1.ts';
import { json, type Routes } from './service-host.ts';
import { ServiceRefusal } from './service-refusal.ts';

const VERSION = '0.0.2';
/** How signed notes call an Ed25519 key, before it goes into the key's identifier. */
const NOTE_ED25519 = Uint8Array.of(1);

const Verifier = v.object({
  keyDetails: v.string(),
  publicKey: v.optional(v.object({ rawBytes: v.string() })),
  x509Certificate: v.optional(v.object({ rawBytes: v.string() })),
});

const Submission = v.union([
  v.strictObject({
    hashedRekordRequestV002: v.object({
      digest: v.string(),
      signature: v.object({ content: v.string(), verifier: Verifier }),
    }),
  }),
  v.strictObject({
    dsseRequestV002: v.object({
      envelope: v.object({
        payloadType: v.string(),
        payload: v.string(),
        signatures: v.tuple([v.looseObject({ sig: v.string() })]),
      }),
      verifiers: v.tuple([Verifier]),
    }),
  }),
]);

export interface RekorV2 {
  readonly keys: KeyPair;
  /** What the log calls itself in checkpoints. */
  readonly origin: string;
  /** Of the key, as checkpoints and the trusted root have it. */
  readonly keyId: Buffer;
  readonly routes: Routes;
}

export interface RekorV2Surroundings extends RekorSurroundings {
  readonly takesDsse: boolean;
}

export function createRekorV2({ url, fault, takesDsse }: RekorV2Surroundings): RekorV2 {
  const keys = createEd25519KeyPair();
  const tree = createMerkleTree(5);
  const origin = new URL(url).host;
  const log = (kind: string, body: Buffer): object => {
    const signing = fault() === 'stranger' ? createEd25519KeyPair() : keys;
    const keyId = noteKeyId(origin, signing.publicKey);
    const { index, size, root, path } = tree.append(body);
    const envelope = signCheckpoint({ origin, size, root }, { name: origin, keyId, privateKey: signing.privateKey });
    return {
      logIndex: String(index),
      logId: { keyId: keyId.toString('base64') },
      kindVersion: { kind, version: VERSION },
      integratedTime: '0',
      inclusionProof: {
        logIndex: String(index),
        treeSize: String(size),
        rootHash: root.toString('base64'),
        hashes: path.map((hash) => hash.toString('base64')),
        checkpoint: { envelope },
      },
      canonicalizedBody: body.toString('base64'),
    };
  };
  const routes: Routes = {
    'POST /api/v2/log/entries': ({ body }) => {
      const { kind, spec } = checkEntry(v.parse(Submission, JSON.parse(body.toString())), takesDsse);
      const logged = { apiVersion: VERSION, kind, spec: fault() === 'wrong-entry' ? {} : spec };
      return json(201, log(kind, Buffer.from(toCanonicalJson(logged))));
    },
  };
  return { keys, origin, keyId: noteKeyId(origin, keys.publicKey), routes };
}

interface Checked {
  readonly kind: string;
  readonly spec: object;
}

function checkEntry(submission: v.InferOutput<typeof Submission>, takesDsse: boolean): Checked {
  if ('hashedRekordRequestV002' in submission) {
    const { digest, signature } = submission.hashedRekordRequestV002;
    checkDigestSignature(decode(digest), keyOf(signature.verifier), decode(signature.content));
    return { kind: 'hashedrekord', spec: { hashedRekordV002: { data: hashOf(decode(digest)), signature } } };
  }
  if (!takesDsse) throw new ServiceRefusal(400, 'dsse entries are not supported by this log');
  const { envelope, verifiers } = submission.dsseRequestV002;
  const [verifier] = verifiers;
  const [{ sig: content }] = envelope.signatures;
  const payload = decode(envelope.payload);
  checkSignature(preAuthenticationEncoding(envelope.payloadType, payload), keyOf(verifier), decode(content));
  const payloadHash = hashOf(sha256(payload));
  return { kind: 'dsse', spec: { dsseV002: { payloadHash, signatures: [{ content, verifier }] } } };
}

function keyOf({ publicKey, x509Certificate }: v.InferOutput<typeof Verifier>): KeyObject {
  if (x509Certificate !== undefined) return new X509Certificate(decode(x509Certificate.rawBytes)).publicKey;
  if (publicKey === undefined) throw new ServiceRefusal(400, 'a verifier is a public key or a certificate');
  return createPublicKey({ key: decode(publicKey.rawBytes), format: 'der', type: 'spki' });
}

const decode = (base64: string): Buffer => Buffer.from(base64, 'base64');
const hashOf = (digest: Buffer): object => ({ algorithm: 'SHA2_256', digest: digest.toString('base64') });

/** @see https://github.com/C2SP/C2SP/blob/main/signed-note.md#signatures */
const noteKeyId = (name: string, key: KeyObject): Buffer => {
  const { x = '' } = key.export({ format: 'jwk' });
  return sha256(Buffer.from(`${name}\n`), NOTE_ED25519, Buffer.from(x, 'base64url'));
};
