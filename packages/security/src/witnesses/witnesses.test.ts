/** Answers of logs and authorities that are almost right. That the honest ones verify is tested with signing. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { SignatureBundle, Witness } from '@sigstore/sign';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  json,
  startScriptedService,
  type ReceivedRequest,
  type ScriptedAnswer,
  type ScriptedService,
} from '../../test/scripted-service.ts';
import { rsaKeyPair } from '../../test/rsa-key-pair.ts';
import { thrownBy } from '../../test/told-by.ts';
import { preAuthEncoding } from './pre-auth-encoding.ts';
import { createRekorV1Witness } from './rekor-v1.ts';
import { createRekorV2Witness } from './rekor-v2.ts';
import { createTimestampWitness } from './timestamp-authority.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = String(publicKey.export({ format: 'pem', type: 'spki' }));
const payloadType = 'application/vnd.in-toto+json';
const payload = Buffer.from('{"_type":"…"}');
const pae = preAuthEncoding(payloadType, payload);
const sig = sign('sha256', pae, privateKey);
const content: SignatureBundle = {
  $case: 'dsseEnvelope',
  dsseEnvelope: { payloadType, payload, signatures: [{ sig, keyid: 'hint' }] },
};

const hash = (bytes: Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string =>
  createHash('sha256').update(bytes).digest(encoding);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
type Draft = Record<string, unknown>;
/** Sets `a.b.c` of the draft; `undefined` takes it away. */
function set(draft: Draft, path: string, value: unknown): Draft {
  const [key = '', ...rest] = path.split('.');
  return { ...draft, [key]: rest.length === 0 ? value : set((draft[key] ?? {}) as Draft, rest.join('.'), value) };
}

let server: ScriptedService;
beforeAll(async () => {
  server = await startScriptedService();
});
afterAll(() => server[Symbol.asyncDispose]());
const answering = (answer: ScriptedAnswer): void => server.answer(() => answer);
const last = (): ReceivedRequest => server.requests.at(-1) as ReceivedRequest;
const refusal = (witness: Witness) => thrownBy(() => witness.testify(content, pem));

it('preAuthEncoding counts bytes, not characters', () => {
  expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello wörld')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 12 hello wörld',
  );
});

describe('Rekor 1', () => {
  const witness = () => createRekorV1Witness(new URL(`${server.url}/log`), { retries: 0 });
  const body = {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: hash(payload) },
      signatures: [{ signature: sig.toString('base64'), verifier: 'x' }],
    },
  };
  const proof = {
    checkpoint: 'log\n1\nx\n',
    hashes: [hash(payload)],
    logIndex: 7,
    rootHash: hash(payload),
    treeSize: 9,
  };
  const entry: Draft = {
    body: encode(body),
    integratedTime: 1_700_000_000,
    logID: hash(pae),
    logIndex: 7,
    verification: { inclusionProof: proof, signedEntryTimestamp: 'AAAA' },
  };
  const uuid = hash(sig);

  it('gets the envelope with the key, at its own path', async () => {
    answering(json({ [uuid]: entry }, 201));
    const { tlogEntries = [] } = await witness().testify(content, pem);
    const sent = JSON.parse(last().body) as {
      kind: string;
      spec: { proposedContent: { envelope: string; verifiers: string[] } };
    };
    expect(last().path).toBe('/log/api/v1/log/entries');
    expect(sent.kind).toBe('dsse');
    expect(sent.spec.proposedContent.verifiers).toEqual([Buffer.from(pem).toString('base64')]);
    expect(JSON.parse(sent.spec.proposedContent.envelope)).toEqual({
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: sig.toString('base64'), keyid: 'hint' }],
    });
    expect(tlogEntries[0]).toMatchObject({
      logIndex: '7',
      integratedTime: '1700000000',
      inclusionProof: { treeSize: '9' },
    });
  });

  it.each([
    { fault: 'another payload', path: 'body', value: encode(set(body, 'spec.payloadHash.value', hash(sig))) },
    { fault: 'another signature', path: 'body', value: encode(set(body, 'spec.signatures', [{ signature: 'AAAA' }])) },
    {
      fault: 'several signatures',
      path: 'body',
      value: encode(set(body, 'spec.signatures', [...body.spec.signatures, { signature: 'AAAA' }])),
    },
    { fault: 'another kind of entry', path: 'body', value: encode(set(body, 'kind', 'hashedrekord')) },
    { fault: 'a body that is no JSON', path: 'body', value: 'AAAA' },
    { fault: 'no promise', path: 'verification.signedEntryTimestamp', value: undefined },
    { fault: 'no proof of inclusion', path: 'verification.inclusionProof', value: undefined },
    { fault: 'no checkpoint', path: 'verification.inclusionProof.checkpoint', value: '' },
    { fault: 'a negative place', path: 'logIndex', value: -1 },
    { fault: 'a place beyond counting', path: 'logIndex', value: 1e300 },
    { fault: 'a time that is none', path: 'integratedTime', value: '2024' },
    { fault: 'a name of the log that is none', path: 'logID', value: 'zz' },
    {
      fault: 'a proof longer than any tree',
      path: 'verification.inclusionProof.hashes',
      value: Array(65).fill(hash(sig)),
    },
  ])('is refused with $fault', async ({ path, value }) => {
    answering(json({ [uuid]: set(entry, path, value) }, 201));
    expect(await refusal(witness())).toMatchObject({ code: 'SIGNING_FAILED', details: { status: 201 } });
  });

  it.each([{ entries: {} }, { entries: { a: entry, b: entry } }])(
    'is refused with another number of entries',
    async ({ entries }) => {
      answering(json(entries, 201));
      expect((await refusal(witness())).code).toBe('SIGNING_FAILED');
    },
  );

  it('fetches an entry that is there already, from itself alone', async () => {
    server.answer(({ method }) =>
      method === 'POST'
        ? { status: 409, headers: { location: `https://evil.example/x/${uuid}` } }
        : json({ [uuid]: entry }),
    );
    expect((await witness().testify(content, pem)).tlogEntries).toHaveLength(1);
    expect(last()).toMatchObject({ method: 'GET', path: `/log/api/v1/log/entries/${uuid}` });
  });

  it.each([{}, { location: '/' }, { location: '/api/v1/log/entries/..%2f..' }])(
    'is refused when it does not say where: %j',
    async (headers) => {
      answering({ status: 409, headers });
      expect(await refusal(witness())).toMatchObject({ code: 'SIGNING_FAILED', details: { status: 409 } });
    },
  );
});

describe('Rekor 2', () => {
  const witness = () => createRekorV2Witness(new URL(server.url), { retries: 0 });
  const body = {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest: hash(pae, 'base64') },
        signature: { content: sig.toString('base64'), verifier: {} },
      },
    },
  };
  const record = 'spec.hashedRekordV002';
  const entry: Draft = {
    logId: { keyId: hash(pae, 'base64') },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    canonicalizedBody: encode(body),
    inclusionProof: { treeSize: '1', rootHash: hash(pae, 'base64'), checkpoint: { envelope: 'log\n1\nx\n' } },
  };

  it.each([
    {
      who: 'a key',
      verifier: pem,
      expected: {
        publicKey: { rawBytes: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') },
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      },
    },
  ])(
    'gets the digest of what was signed, with $who; an entry may be the first of its log',
    async ({ verifier, expected }) => {
      answering(json(entry, 201));
      const { tlogEntries = [] } = await witness().testify(content, verifier);
      expect(last().path).toBe('/api/v2/log/entries');
      expect(JSON.parse(last().body)).toEqual({
        hashedRekordRequestV002: {
          digest: hash(pae, 'base64'),
          signature: { content: sig.toString('base64'), verifier: expected },
        },
      });
      expect(tlogEntries[0]).toMatchObject({ logIndex: '0', inclusionProof: { logIndex: '0', treeSize: '1' } });
    },
  );

  it('names RSA keys as what they are', async () => {
    const rsa = rsaKeyPair().publicKey;
    answering(json(entry, 201));
    await witness().testify(content, String(rsa.export({ format: 'pem', type: 'spki' })));
    expect(last().body).toContain('"keyDetails":"PKIX_RSA_PKCS1V15_2048_SHA256"');
  });

  it.each([
    {
      fault: 'another digest',
      path: 'canonicalizedBody',
      value: encode(set(body, `${record}.data.digest`, hash(payload, 'base64'))),
    },
    {
      fault: 'another hash',
      path: 'canonicalizedBody',
      value: encode(set(body, `${record}.data.algorithm`, 'SHA2_512')),
    },
    {
      fault: 'another signature',
      path: 'canonicalizedBody',
      value: encode(set(body, `${record}.signature.content`, 'AAAA')),
    },
    { fault: 'another kind of entry inside', path: 'canonicalizedBody', value: encode(set(body, 'kind', 'dsse')) },
    { fault: 'a body that is no JSON', path: 'canonicalizedBody', value: 'AAAA' },
    { fault: 'another kind of entry', path: 'kindVersion.kind', value: 'dsse' },
    { fault: 'another version', path: 'kindVersion.version', value: '0.0.1' },
    { fault: 'no proof of inclusion', path: 'inclusionProof', value: undefined },
    { fault: 'no checkpoint', path: 'inclusionProof.checkpoint', value: undefined },
    { fault: 'no name of the log', path: 'logId', value: undefined },
    { fault: 'a size that is no number', path: 'inclusionProof.treeSize', value: '-1' },
    { fault: 'a proof longer than any tree', path: 'inclusionProof.hashes', value: Array(65).fill('AAAA') },
  ])('is refused with $fault', async ({ path, value }) => {
    answering(json(set(entry, path, value), 201));
    expect(await refusal(witness())).toMatchObject({ code: 'SIGNING_FAILED', details: { status: 201 } });
  });
});

describe('timestamp authority', () => {
  const granted = Buffer.from('30073003020100', 'hex');
  it.each([
    { where: 'the path it is configured with', path: '/tsr', expected: '/tsr' },
    { where: "Sigstore's path where there is none", path: '', expected: '/api/v1/timestamp' },
  ])('is asked at $where', async ({ path, expected }) => {
    answering({ body: granted });
    const made = await createTimestampWitness(new URL(`${server.url}${path}`), { retries: 0 }).testify(content, pem);
    expect(made).toEqual({ rfc3161Timestamps: [{ signedTimestamp: granted }] });
    expect(last()).toMatchObject({ path: expected, headers: { 'content-type': 'application/timestamp-query' } });
  });

  it.each([
    { fault: 'a refusal, which comes with status 200', body: Buffer.from('30053003020102', 'hex') },
    { fault: 'an empty answer', body: Buffer.alloc(0) },
    { fault: 'a page', body: Buffer.from('<html>') },
    { fault: 'a cut answer', body: granted.subarray(0, 4) },
  ])('is refused with $fault', async ({ body }) => {
    answering({ body });
    expect((await refusal(createTimestampWitness(new URL(server.url), { retries: 0 }))).message).toContain(
      'gave no timestamp',
    );
  });

  it.each([
    { path: '', why: "Sigstore's own, which tests know in JSON alone", forms: ['timestamp-query', 'json'], ok: true },
    { path: '/tsr', why: 'another one has no JSON: its refusal is told', forms: ['timestamp-query'], ok: false },
  ])('is asked in JSON when it does not understand DER: $why', async ({ path, forms, ok }) => {
    const before = server.requests.length;
    server.answer(({ headers }) =>
      headers['content-type'] === 'application/json' ? { body: granted } : { status: 400 },
    );
    const witness = createTimestampWitness(new URL(`${server.url}${path}`), { retries: 0 });
    const outcome = await witness.testify(content, pem).then(
      () => true,
      () => false,
    );
    expect(outcome).toBe(ok);
    const asked = server.requests.slice(before);
    expect(asked.map(({ headers }) => headers['content-type'])).toEqual(forms.map((form) => `application/${form}`));
    const [, second] = asked.map(({ body }) => body);
    if (second !== undefined) expect(JSON.parse(second)).toMatchObject({ artifactHash: hash(sig, 'base64') });
  });

  it('is refused with more than verifiers take', async () => {
    answering({ body: Buffer.alloc(20_000, 0x30) });
    expect((await refusal(createTimestampWitness(new URL(server.url), { retries: 0 }))).message).toContain(
      'over 18000 bytes',
    );
  });
});
