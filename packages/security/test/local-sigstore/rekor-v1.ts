/**
 * Rekor, version 1: entries `dsse` and `hashedrekord`, each with a promise (SET) that has a time, and a proof.
 *
 * @see https://github.com/sigstore/rekor/blob/main/openapi.yaml
 * @module
 */
import { sign } from 'node:crypto';
import * as v from 'valibot';
import { toCanonicalJson } from './canonical-json.ts';
import { signCheckpoint } from './checkpoint.ts';
import type { RekorFault } from './faults.ts';
import { createP256KeyPair, sha256, spkiOf, type KeyPair } from './key-pair.ts';
import { checkDigestSignature, checkSignature, keyOfPem, preAuthenticationEncoding } from './log-submission.ts';
import { createMerkleTree } from './merkle-tree.ts';
import { json, type Routes, type ServiceAnswer } from './service-host.ts';

/** The real log numbers entries over all its trees, so the index in the tree is another one. */
const FIRST_INDEX = 1_000_000;
const ENTRIES = '/api/v1/log/entries';
const TREE_ID = '2605736670972794746';

const Proposed = v.variant('kind', [
  v.object({
    kind: v.literal('dsse'),
    apiVersion: v.literal('0.0.1'),
    spec: v.object({
      proposedContent: v.object({ envelope: v.string(), verifiers: v.tuple([v.string()]) }),
    }),
  }),
  v.object({
    kind: v.literal('hashedrekord'),
    apiVersion: v.literal('0.0.1'),
    spec: v.object({
      data: v.object({ hash: v.object({ algorithm: v.literal('sha256'), value: v.string() }) }),
      signature: v.object({ content: v.string(), publicKey: v.object({ content: v.string() }) }),
    }),
  }),
]);
type ProposedEntry = v.InferOutput<typeof Proposed>;
type DsseEntry = Extract<ProposedEntry, { kind: 'dsse' }>;

const Envelope = v.object({
  payloadType: v.string(),
  payload: v.string(),
  signatures: v.tuple([v.object({ sig: v.string() })]),
});

export interface RekorV1 {
  readonly keys: KeyPair;
  /** Asked for each request: entries have addresses. */
  readonly routes: () => Routes;
}

export interface RekorSurroundings {
  readonly url: string;
  readonly now: () => Date;
  readonly fault: () => RekorFault | undefined;
}

export function createRekorV1(surroundings: RekorSurroundings): RekorV1 {
  const { fault } = surroundings;
  const keys = createP256KeyPair();
  const log = createLog(keys, surroundings);
  /** By identifier, as JSON. */
  const entries = new Map<string, ServiceAnswer>();
  const routes = (): Routes => ({
    [`POST ${ENTRIES}`]: ({ body }) => {
      const entry = checkEntry(v.parse(Proposed, JSON.parse(body.toString())));
      const logged = Buffer.from(toCanonicalJson(fault() === 'wrong-entry' ? { ...entry, spec: {} } : entry));
      const uuid = sha256(logged).toString('hex');
      const path = `${ENTRIES}/${uuid}`;
      if (entries.has(path)) return { ...json(409, { code: 409, message: 'exists' }), headers: { location: path } };
      const answer = json(201, { [uuid]: log(logged) });
      entries.set(path, { ...answer, status: 200 });
      return fault() === 'lost' ? { ...answer, lost: true } : answer;
    },
    ...Object.fromEntries([...entries].map(([path, answer]) => [`GET ${path}`, () => answer])),
  });
  return { keys, routes };
}

function createLog(keys: KeyPair, { url, now, fault }: RekorSurroundings): (body: Buffer) => object {
  const tree = createMerkleTree(7);
  const name = new URL(url).host;
  return (body) => {
    const signing = fault() === 'stranger' ? createP256KeyPair() : keys;
    const keyId = sha256(spkiOf(signing.publicKey));
    const { index, size, root, path } = tree.append(body);
    const entry = {
      body: body.toString('base64'),
      integratedTime: Math.floor(now().getTime() / 1000),
      logID: keyId.toString('hex'),
      logIndex: FIRST_INDEX + index,
    };
    const promise = sign('sha256', Buffer.from(toCanonicalJson(entry)), signing.privateKey);
    const signer = { name, keyId, privateKey: signing.privateKey };
    const inclusionProof = {
      logIndex: index,
      treeSize: size,
      rootHash: root.toString('hex'),
      hashes: path.map((hash) => hash.toString('hex')),
      checkpoint: signCheckpoint({ origin: `${name} - ${TREE_ID}`, size, root }, signer),
    };
    return { ...entry, verification: { inclusionProof, signedEntryTimestamp: promise.toString('base64') } };
  };
}

/** @returns the entry as it is logged: of an envelope only digests. */
function checkEntry(proposed: ProposedEntry): object {
  if (proposed.kind === 'dsse') return checkDsse(proposed);
  const { data, signature } = proposed.spec;
  const key = keyOfPem(decode(signature.publicKey.content).toString());
  checkDigestSignature(Buffer.from(data.hash.value, 'hex'), key, decode(signature.content));
  return proposed;
}

function checkDsse({ kind, apiVersion, spec: { proposedContent } }: DsseEntry): object {
  const [verifier] = proposedContent.verifiers;
  const { payloadType, payload, signatures } = v.parse(Envelope, JSON.parse(proposedContent.envelope));
  const [{ sig: signature }] = signatures;
  const message = preAuthenticationEncoding(payloadType, decode(payload));
  checkSignature(message, keyOfPem(decode(verifier).toString()), decode(signature));
  const spec = {
    envelopeHash: hashOf(Buffer.from(proposedContent.envelope)),
    payloadHash: hashOf(decode(payload)),
    signatures: [{ signature, verifier }],
  };
  return { kind, apiVersion, spec };
}

const decode = (base64: string): Buffer => Buffer.from(base64, 'base64');
const hashOf = (bytes: Uint8Array): object => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
