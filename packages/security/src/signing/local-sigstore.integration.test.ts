/** That the local Sigstore of our tests is one: others' clients and verifiers get on with it, and it refuses what it should. */
import { generateKeyPairSync, randomBytes, sign as signBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness, type Bundle } from '@sigstore/sign';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encode, integer, octets, oid, readValues, sequence, yes } from '../../test/local-sigstore/der.ts';
import { sha256 } from '../../test/local-sigstore/key-pair.ts';
import {
  ACTIONS_REQUEST_TOKEN,
  emailClaims,
  githubClaims,
  gitlabClaims,
  startLocalSigstore,
  type LocalSigstore,
} from '../../test/local-sigstore/local-sigstore.ts';
import { CLAIM_OIDS } from '../verification/trusted-signer.ts';

let sigstore: LocalSigstore;
beforeAll(async () => {
  sigstore = await startLocalSigstore({ rekorV2TakesDsse: true });
});
afterEach(() => {
  sigstore.setClaims(githubClaims());
  sigstore.setFaults({});
  sigstore.forgetRequests();
});
afterAll(() => sigstore.close());

async function signWithStockClient(rekorMajor: 1 | 2): Promise<Bundle> {
  const { fulcioUrl, rekor, tsaUrl } = sigstore.instance(rekorMajor);
  const identityProvider = { getToken: () => sigstore.mint('sigstore') };
  const signer = new FulcioSigner({ fulcioBaseURL: fulcioUrl, identityProvider, retry: 0 });
  const witnesses = [
    new RekorWitness({ rekorBaseURL: rekor?.url ?? '', majorApiVersion: rekorMajor, entryType: 'dsse', retry: 0 }),
    new TSAWitness({ tsaBaseURL: tsaUrl ?? '', retry: 0 }),
  ];
  return new DSSEBundleBuilder({ signer, witnesses }).create({ data: Buffer.from('{}'), type: 'application/json' });
}

describe('others’ clients and verifiers', () => {
  it.each([
    {
      who: 'GitHub Actions',
      claims: githubClaims({ ref: 'refs/tags/v1' }),
      san: 'https://github.com/acme/db/.github/workflows/release.yml@refs/tags/v1',
    },
    { who: 'GitLab', claims: gitlabClaims(), san: 'https://gitlab.com/acme/db//.gitlab-ci.yml@refs/heads/main' },
    { who: 'a person', claims: emailClaims('anna@acme.test'), san: 'anna@acme.test' },
  ])('agree that $who signed, with both versions of Rekor', async ({ claims, san }) => {
    sigstore.setClaims(claims);
    const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(sigstore.trustedRootJson)));
    for (const major of [1, 2] as const) {
      // Version 1 of Rekor promises a time, so with the timestamp there are two.
      const verifier = new Verifier(material, { timestampThreshold: major === 1 ? 2 : 1 });
      const { identity } = verifier.verify(toSignedEntity(await signWithStockClient(major)));
      expect(identity).toMatchObject({ subjectAlternativeName: san, extensions: { issuer: sigstore.url } });
    }
  });
});

interface Request {
  readonly token?: string;
  readonly subject?: string;
  readonly privateKey?: KeyObject;
}

const keys = generateKeyPairSync('ec', { namedCurve: 'P-384' });

async function askFulcio({
  token,
  subject = String(githubClaims()['sub']),
  privateKey,
}: Request = {}): Promise<Response> {
  const proof = signBytes('sha256', Buffer.from(subject), privateKey ?? keys.privateKey);
  const body = {
    credentials: { oidcIdentityToken: token ?? (await sigstore.mint('sigstore')) },
    publicKeyRequest: {
      publicKey: { content: keys.publicKey.export({ format: 'pem', type: 'spki' }) },
      proofOfPossession: proof.toString('base64'),
    },
  };
  const url = `${sigstore.urls.fulcio}/api/v2/signingCert`;
  return fetch(url, { method: 'POST', body: JSON.stringify(body) });
}

interface Certified {
  readonly signedCertificateEmbeddedSct: {
    readonly chain: { readonly certificates: readonly [string, string, string] };
  };
}

describe('Fulcio', () => {
  it('certifies any elliptic curve, with a chain up to its root', async () => {
    const { signedCertificateEmbeddedSct } = (await (await askFulcio()).json()) as Certified;
    const [leaf, intermediate, root] = signedCertificateEmbeddedSct.chain.certificates.map(
      (pem) => new X509Certificate(pem),
    );
    expect(leaf?.publicKey.equals(keys.publicKey)).toBe(true);
    expect(leaf?.verify(intermediate?.publicKey ?? keys.publicKey)).toBe(true);
    expect(intermediate?.verify(root?.publicKey ?? keys.publicKey)).toBe(true);
  });

  it('says in the certificate all that verifiers can ask for, of GitHub and of GitLab', async () => {
    for (const claims of [githubClaims(), gitlabClaims()]) {
      sigstore.setClaims(claims);
      const answer = (await (await askFulcio({ subject: String(claims['sub']) })).json()) as Certified;
      const { raw } = new X509Certificate(answer.signedCertificateEmbeddedSct.chain.certificates[0]);
      for (const number of Object.values(CLAIM_OIDS))
        expect(raw.includes(oid(`1.3.6.1.4.1.57264.1.${number}`))).toBe(true);
    }
  });

  it.each([
    {
      why: 'it is of another key',
      token: () => sigstore.mint('sigstore', {}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    },
    { why: 'it is for somebody else', token: () => sigstore.mint('npm:registry.npmjs.org') },
    { why: 'it is of another issuer', token: () => sigstore.mint('sigstore', { iss: 'https://elsewhere.test' }) },
    { why: 'it has expired', token: () => sigstore.mint('sigstore', { exp: Math.floor(Date.now() / 1000) - 60 }) },
    { why: 'it is no token', token: async () => 'not.a.token' },
  ])('refuses a token and repeats it, as careless services do: $why', async ({ token: make }) => {
    const token = await make();
    const answer = await askFulcio({ token });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain(token);
  });

  it('refuses a request without proof of the key, and a mail address that nobody verified', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect((await askFulcio({ privateKey })).status).toBe(400);
    sigstore.setClaims({ ...emailClaims('anna@acme.test'), email_verified: false });
    expect((await askFulcio({ subject: 'anna@acme.test' })).status).toBe(400);
  });

  it('answers clients of its first version with PEM', async () => {
    const claims = githubClaims();
    const body = JSON.stringify({
      publicKey: {
        content: keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
        algorithm: 'ecdsa',
      },
      signedEmailAddress: signBytes('sha256', Buffer.from(String(claims['sub'])), keys.privateKey).toString('base64'),
    });
    const headers = { authorization: `Bearer ${await sigstore.mint('sigstore')}` };
    const answer = await fetch(`${sigstore.urls.fulcio}/api/v1/signingCert`, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
    expect(new X509Certificate(await answer.text()).publicKey.equals(keys.publicKey)).toBe(true);
  });
});

describe('the logs', () => {
  it.each([
    { version: 1, url: () => sigstore.urls.rekorV1, body: { kind: 'intoto', apiVersion: '0.0.2', spec: {} } },
    { version: 2, url: () => sigstore.urls.rekorV2, body: { hashedRekordRequestV002: { digest: 'AAAA' } } },
  ])('of version $version refuse what they do not know', async ({ version, url, body }) => {
    const answer = await fetch(`${url()}/api/v${version}/log/entries`, { method: 'POST', body: JSON.stringify(body) });
    expect(answer.status).toBe(400);
  });

  it('refuse a signature that does not fit', async () => {
    const envelope = JSON.stringify({ payloadType: 'a', payload: 'e30=', signatures: [{ sig: 'AAAA' }] });
    const verifier = Buffer.from(keys.publicKey.export({ format: 'pem', type: 'spki' })).toString('base64');
    const spec = { proposedContent: { envelope, verifiers: [verifier] } };
    const body = JSON.stringify({ kind: 'dsse', apiVersion: '0.0.1', spec });
    const answer = await fetch(`${sigstore.urls.rekorV1}/api/v1/log/entries`, { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('signature does not fit');
  });
});

describe('the timestamp authority', () => {
  it('answers queries as RFC 3161 writes them, with the nonce that was sent', async () => {
    const nonce = Buffer.from('11223344', 'hex');
    const imprint = sequence(sequence(oid('2.16.840.1.101.3.4.2.1'), encode(0x05)), octets(sha256(Buffer.from('x'))));
    const body = sequence(integer(1), imprint, integer(nonce), yes);
    const headers = { 'content-type': 'application/timestamp-query' };
    const answer = await fetch(sigstore.urls.tsa, { method: 'POST', headers, body });
    expect(answer.headers.get('content-type')).toBe('application/timestamp-reply');
    const reply = Buffer.from(await answer.arrayBuffer());
    expect(readValues(reply)).toHaveLength(1);
    expect(reply.includes(integer(nonce))).toBe(true);
  });

  it('says whole seconds, which every reader understands', async () => {
    const times = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      const body = JSON.stringify({ artifactHash: randomBytes(32).toString('base64'), hashAlgorithm: 'sha256' });
      const answer = await fetch(sigstore.urls.tsa, { method: 'POST', body });
      const [time] = /\d{14}[.\d]*Z/.exec(Buffer.from(await answer.arrayBuffer()).toString('latin1')) ?? [''];
      times.add(time.replaceAll(/\d/g, '9'));
    }
    expect([...times]).toEqual(['99999999999999Z']);
  });
});

describe('the OIDC provider', () => {
  it('publishes the key that its tokens bear', async () => {
    const jwks = (await (await fetch(`${sigstore.url}/keys`)).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(await sigstore.mint('sigstore'), createLocalJWKSet(jwks));
    expect(payload).toMatchObject({ iss: sigstore.url, aud: 'sigstore', repository: 'acme/db' });
  });

  it('gives tokens to jobs alone', async () => {
    const url = `${sigstore.actionsEnv()['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? ''}&audience=sigstore`;
    expect((await fetch(url, { headers: { authorization: 'Bearer guessed' } })).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: `Bearer ${ACTIONS_REQUEST_TOKEN}` } })).status).toBe(200);
  });

  it.each([
    { change: { redirect_uri: 'https://elsewhere.test/callback' }, why: 'codes go to this machine alone' },
    { change: { code_challenge_method: 'plain' }, why: 'a challenge must not be the secret' },
    { change: { scope: 'email' }, why: 'without openid there is no token' },
  ])('refuses to sign in: $why', async ({ change }) => {
    const good = {
      response_type: 'code',
      client_id: 'sigstore',
      scope: 'openid email',
      redirect_uri: 'http://127.0.0.1:1/callback',
      code_challenge: 'x',
      code_challenge_method: 'S256',
    };
    const status = async (query: Record<string, string>): Promise<number> =>
      (await fetch(`${sigstore.url}/auth?${new URLSearchParams(query).toString()}`, { redirect: 'manual' })).status;
    expect(await status(good)).toBe(302);
    expect(await status({ ...good, ...change })).toBe(400);
  });
});

describe('the log of requests', () => {
  it('has what was asked and sent, until it is forgotten', async () => {
    await askFulcio();
    const [request] = sigstore.requests;
    expect(request).toMatchObject({ service: 'fulcio', method: 'POST', path: '/api/v2/signingCert' });
    expect(request?.sent).toContain('oidcIdentityToken');
    sigstore.forgetRequests();
    expect(sigstore.requests).toEqual([]);
  });

  it('shows what a client sends elsewhere when it follows a redirect', async () => {
    sigstore.setFaults({ fulcio: 'redirect' });
    await askFulcio();
    expect(sigstore.requests.map(({ service }) => service)).toEqual(['fulcio', 'elsewhere']);
  });
});
