/**
 * Fulcio: a token and a proof that one has a key become a certificate that lives ten minutes.
 *
 * Checks what the real one checks: signature, issuer, audience and time of the token, and the proof of possession.
 * What it says when it refuses repeats the token, so that a client which passes the text on is found out.
 *
 * @see https://github.com/sigstore/fulcio/blob/main/fulcio.proto
 * @module
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { createCertificateAuthority, type CertificateAuthority } from './certificate-authority.ts';
import {
  forCodeSigning,
  forSignatures,
  issueCertificate,
  NO_NAME,
  randomSerial,
  toBeSigned,
  toPem,
  type CertificateRequest,
} from './certificate.ts';
import { certifyIdentity } from './certified-identity.ts';
import type { CtLog } from './ct-log.ts';
import type { FulcioFault } from './faults.ts';
import type { TokenClaims } from './identity-claims.ts';
import { createP256KeyPair, spkiOf } from './key-pair.ts';
import { json, type Routes, type ServiceRequest } from './service-host.ts';
import { ServiceRefusal } from './service-refusal.ts';

const LIFETIME_MS = 600_000;

const RequestV2 = v.object({
  credentials: v.object({ oidcIdentityToken: v.string() }),
  publicKeyRequest: v.object({
    publicKey: v.object({ algorithm: v.optional(v.string()), content: v.string() }),
    proofOfPossession: v.string(),
  }),
});

/** As old clients in Go send it; the token is in the header. */
const RequestV1 = v.object({
  publicKey: v.object({ content: v.string() }),
  signedEmailAddress: v.string(),
});

export interface FulcioSurroundings {
  readonly authority: CertificateAuthority;
  readonly ctLog: CtLog;
  readonly now: () => Date;
  readonly fault: () => FulcioFault | undefined;
  /** @throws for a token that is not of the issuer, not for Fulcio, or expired. */
  readonly verifyToken: (token: string) => Promise<{ readonly issuer: string; readonly claims: TokenClaims }>;
}

export function fulcioRoutes(fulcio: FulcioSurroundings): Routes {
  return {
    'POST /api/v2/signingCert': async (request) => {
      const { credentials, publicKeyRequest } = v.parse(RequestV2, JSON.parse(request.body.toString()));
      const publicKey = readPem(publicKeyRequest.publicKey.content);
      const proof = publicKeyRequest.proofOfPossession;
      const certificates = await certify({ token: credentials.oidcIdentityToken, publicKey, proof }, fulcio);
      return json(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
    },
    'POST /api/v1/signingCert': async (request) => {
      const body = v.parse(RequestV1, JSON.parse(request.body.toString()));
      const publicKey = readEither(Buffer.from(body.publicKey.content, 'base64'));
      const asked = { token: bearerOf(request), publicKey, proof: body.signedEmailAddress };
      const certificates = await certify(asked, fulcio);
      const headers = { 'content-type': 'application/pem-certificate-chain' };
      return { status: 201, headers, body: certificates.join('') };
    },
  };
}

interface Asked {
  readonly token: string;
  readonly publicKey: KeyObject;
  /** Base64 of a signature over the challenge. */
  readonly proof: string;
}

/** @returns the certificate and its chain, PEM. */
async function certify(asked: Asked, fulcio: FulcioSurroundings): Promise<readonly string[]> {
  const { issuer, claims } = await fulcio.verifyToken(asked.token).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new ServiceRefusal(401, `error processing the identity token ${asked.token}: ${reason}`);
  });
  const identity = certifyIdentity(claims, issuer);
  const proof = Buffer.from(asked.proof, 'base64');
  if (!verify('sha256', Buffer.from(identity.challenge), asked.publicKey, proof))
    throw new ServiceRefusal(400, `the signature supplied in the request of ${asked.token} could not be verified`);
  return issueChain(asked.publicKey, identity.extensions, fulcio);
}

function issueChain(
  publicKey: KeyObject,
  identity: readonly Buffer[],
  { authority, ctLog, now, fault }: FulcioSurroundings,
): readonly string[] {
  const at = now();
  const issuing = fault() === 'stranger' ? createCertificateAuthority('stranger', at) : authority;
  const request: CertificateRequest = {
    subject: NO_NAME,
    publicKey: fault() === 'wrong-key' ? createP256KeyPair().publicKey : publicKey,
    notBefore: at,
    notAfter: new Date(at.getTime() + LIFETIME_MS),
    serial: randomSerial(),
    extensions: [forSignatures, forCodeSigning, ...identity],
  };
  const logged = ctLog.log(toBeSigned(request, issuing.issuer), spkiOf(issuing.issuer.keys.publicKey), at);
  const extensions = fault() === 'no-sct' ? request.extensions : [...request.extensions, logged];
  const leaf = issueCertificate({ ...request, extensions }, issuing.issuer);
  return [leaf, ...issuing.chain].map((certificate) => toPem('CERTIFICATE', certificate));
}

function bearerOf({ headers }: ServiceRequest): string {
  const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) throw new ServiceRefusal(401, 'an Authorization header with a bearer token is needed');
  return token;
}

const readPem = (pem: string): KeyObject => createPublicKey(pem);

const readEither = (content: Buffer): KeyObject =>
  content.includes('-----BEGIN')
    ? readPem(content.toString())
    : createPublicKey({ key: content, format: 'der', type: 'spki' });
