/**
 * The services of a local Sigstore, made to fit one another: the trusted root names the keys of each.
 *
 * @module
 */
import type { TokenClaims } from './identity-claims.ts';
import { createCertificateAuthority } from './certificate-authority.ts';
import { createCtLog } from './ct-log.ts';
import type { Faults } from './faults.ts';
import { fulcioRoutes } from './fulcio.ts';
import { createGrants, type OidcGrants } from './oidc-grants.ts';
import { oidcRoutes } from './oidc-provider.ts';
import { createRekorV1 } from './rekor-v1.ts';
import { createRekorV2 } from './rekor-v2.ts';
import type { ServiceRoutes } from './service-hosts.ts';
import { createTimestampAuthority } from './timestamp-authority.ts';
import { createTokenIssuer, type TokenIssuer } from './token-issuer.ts';
import { signingConfigJson, trustedRootJson, type ServiceUrls } from './trust-documents.ts';
import { createTufMirror, type TufMirror } from './tuf-mirror.ts';

/** Authorities are older than what they sign. */
const AGE_MS = 3_600_000;
/** The audience of tokens for Fulcio. */
const AUDIENCE = 'sigstore';

export interface ServicesSurroundings {
  readonly urls: ServiceUrls;
  readonly now: () => Date;
  readonly faults: () => Faults;
  readonly claims: TokenClaims;
  readonly rekorV2TakesDsse: boolean;
}

export interface LocalServices {
  readonly issuer: TokenIssuer;
  readonly grants: OidcGrants;
  readonly tuf: TufMirror;
  readonly trustedRootJson: string;
  readonly signingConfigs: Readonly<Record<1 | 2, string>>;
  readonly routes: ServiceRoutes;
}

export function createLocalServices({
  urls,
  now,
  faults,
  claims,
  rekorV2TakesDsse,
}: ServicesSurroundings): LocalServices {
  const start = new Date(now().getTime() - AGE_MS);
  const issuer = createTokenIssuer(urls.issuer, now, claims);
  const grants = createGrants();
  const authority = createCertificateAuthority('fulcio', start);
  const ctLog = createCtLog();
  const rekorFault = (): Faults['rekor'] => faults().rekor;
  const rekorV1 = createRekorV1({ url: urls.rekorV1, now, fault: rekorFault });
  const rekorV2 = createRekorV2({ url: urls.rekorV2, now, fault: rekorFault, takesDsse: rekorV2TakesDsse });
  const tsa = createTimestampAuthority({ notBefore: start, now, fault: () => faults().tsa });
  const root = trustedRootJson({
    start,
    fulcio: { url: urls.fulcio, chain: authority.chain },
    tsa: { url: urls.tsa, chain: tsa.chain },
    ctLog: { url: urls.fulcio, publicKey: ctLog.keys.publicKey },
    rekors: [
      { url: urls.rekorV1, publicKey: rekorV1.keys.publicKey },
      { url: urls.rekorV2, publicKey: rekorV2.keys.publicKey, keyId: rekorV2.keyId },
    ],
  });
  const signingConfigs = { 1: signingConfigJson(urls, 1, start), 2: signingConfigJson(urls, 2, start) };
  const targets = { 'trusted_root.json': root, 'signing_config.v0.2.json': signingConfigs[2] };
  const tuf = createTufMirror({ now, fault: () => faults().tuf }, targets);
  const fulcio = fulcioRoutes({
    authority,
    ctLog,
    now,
    fault: () => faults().fulcio,
    verifyToken: async (token) => ({ issuer: urls.issuer, claims: await issuer.verify(token, AUDIENCE) }),
  });
  const oidc = oidcRoutes(urls.issuer, issuer, grants);
  const logs = { rekorV1: rekorV1.routes, rekorV2: rekorV2.routes };
  const routes = { oidc, fulcio, ...logs, tsa: tsa.routes, tuf: tuf.routes };
  return { issuer, grants, tuf, trustedRootJson: root, signingConfigs, routes };
}
