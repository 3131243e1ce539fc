/**
 * Signs with a key that lives for one signature: Fulcio certifies it for whoever the token names.
 *
 * The token goes to Fulcio alone, in the body of one request. What Fulcio answers is used only when the certificate is
 * for our key.
 *
 * @see https://github.com/sigstore/fulcio/blob/main/fulcio.proto
 * @module
 */
import { generateKeyPair, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Signer } from '@sigstore/sign';
import * as v from 'valibot';
import type { ServiceAnswer } from '../http/exchange.ts';
import { readJson } from '../http/read-json.ts';
import { exchangeWithRetries, type RetryOptions } from '../http/retry.ts';
import { endpoint } from '../http/service-url.ts';
import { signingFailed } from '../http/signing-failed.ts';
import { checkToken } from '../keyless/check-token.ts';
import { certifiedSubject } from '../keyless/token-claims.ts';
import type { IdentityTokenSource } from '../keyless/identity-token.ts';
import { checkSignature } from './check-signature.ts';

const CHAIN = v.object({
  chain: v.object({ certificates: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(8)) }),
});
const ANSWER = v.union([
  v.object({ signedCertificateEmbeddedSct: CHAIN }),
  v.object({ signedCertificateDetachedSct: CHAIN }),
]);
const REFUSED =
  'it refused the token: see that it is for the audience sigstore, has not expired and is of an issuer that this instance knows';

export interface FulcioOptions extends RetryOptions {
  readonly identity: IdentityTokenSource;
  readonly now: () => Date;
}

/** Throws `IDENTITY_UNAVAILABLE`, `SIGNING_FAILED`, and the signal's reason when aborted. */
export function createFulcioSigner(url: URL, options: FulcioOptions): Signer {
  const service = `Fulcio at ${url.origin}`;
  return {
    sign: async (data) => {
      const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
      const token = await options.identity.token({ signal: options.signal });
      const claims = checkToken(token, options.now(), options.identity.description);
      const body = certificateRequest(token, certifiedSubject(claims, options.identity.description), {
        privateKey,
        publicKey,
      });
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const answer = await exchangeWithRetries(
        { service, url: endpoint(url, '/api/v2/signingCert'), headers, body },
        options,
      );
      const certificate = certificateOf(service, answer, publicKey);
      const signature = checkSignature(publicKey, data, sign('sha256', data, privateKey), service);
      return {
        signature: Buffer.from(signature),
        key: { $case: 'x509Certificate', certificate: certificate.toString() },
      };
    },
  };
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** That the key is ours is proven by a signature over the token's subject. */
function certificateRequest(token: string, subject: string, { privateKey, publicKey }: KeyPair): string {
  return JSON.stringify({
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: { algorithm: 'ECDSA', content: publicKey.export({ format: 'pem', type: 'spki' }) },
      proofOfPossession: sign('sha256', Buffer.from(subject), privateKey).toString('base64'),
    },
  });
}

function certificateOf(service: string, answer: ServiceAnswer, publicKey: KeyObject): X509Certificate {
  const { status, ok } = answer;
  if (!ok)
    throw [400, 401, 403].includes(status) ? signingFailed(service, status, REFUSED) : signingFailed(service, status);
  const found = readJson(service, answer, ANSWER);
  const { chain } =
    'signedCertificateEmbeddedSct' in found ? found.signedCertificateEmbeddedSct : found.signedCertificateDetachedSct;
  const certificate = parseCertificate(chain.certificates[0] ?? '');
  if (certificate === undefined || !certificate.publicKey.equals(publicKey)) {
    throw signingFailed(service, status, 'its certificate is not for the key that was sent: do not trust this service');
  }
  return certificate;
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
