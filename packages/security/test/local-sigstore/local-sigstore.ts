/**
 * A whole Sigstore on 127.0.0.1, over real HTTP: OIDC provider, Fulcio with certificate transparency, Rekor 1 and 2, a
 * timestamp authority, a TUF mirror. Each has an address of its own, so that a client which mixes them up is found out.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { SigstoreInstance } from '../../src/signing/sigstore-instance.ts';
import type { Faults } from './faults.ts';
import { githubClaims, type TokenClaims } from './identity-claims.ts';
import { createLocalServices } from './local-services.ts';
import type { OidcGrants } from './oidc-grants.ts';
import { actionsEnvironment } from './oidc-provider.ts';
import type { RequestLog } from './request-log.ts';
import { startServiceHosts } from './service-hosts.ts';
import type { ServiceUrls } from './trust-documents.ts';
import type { TufMirror } from './tuf-mirror.ts';

export type { Faults } from './faults.ts';
export { ACTIONS_REQUEST_TOKEN } from './oidc-provider.ts';
export { emailClaims, githubClaims, gitlabClaims, type TokenClaims } from './identity-claims.ts';

export interface LocalSigstoreOptions {
  /** Whose tokens are made; a run of GitHub Actions in `acme/db`, if it is left out. */
  readonly claims?: TokenClaims;
  readonly now?: () => Date;
  /** Rekor 2 takes DSSE envelopes, as early versions did. */
  readonly rekorV2TakesDsse?: boolean;
}

export interface LocalSigstore extends RequestLog, AsyncDisposable {
  /** The OIDC issuer. */
  readonly url: string;
  readonly urls: ServiceUrls;
  readonly trustedRootJson: string;
  /** The first root of the TUF mirror. */
  readonly tufRootJson: string;
  readonly tuf: TufMirror;
  /** What people decide who are asked to sign in. */
  readonly grants: OidcGrants;
  instance(rekorMajor: 1 | 2): SigstoreInstance;
  signingConfigJson(rekorMajor: 1 | 2): string;
  setClaims(claims: TokenClaims): void;
  setFaults(faults: Faults): void;
  mint(audience: string, extra?: JWTPayload, key?: KeyObject): Promise<string>;
  /** What a job of GitHub Actions finds in its environment. */
  actionsEnv(): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startLocalSigstore(options: LocalSigstoreOptions = {}): Promise<LocalSigstore> {
  const { now = () => new Date(), claims = githubClaims(), rekorV2TakesDsse = false } = options;
  let faults: Faults = {};
  const hosts = await startServiceHosts((service) => faults[service]);
  const { urls, log } = hosts;
  const services = createLocalServices({ urls, now, faults: () => faults, claims, rekorV2TakesDsse });
  hosts.serve(services.routes);
  return {
    ...log,
    url: urls.issuer,
    urls,
    trustedRootJson: services.trustedRootJson,
    tufRootJson: services.tuf.rootJson,
    tuf: services.tuf,
    grants: services.grants,
    instance: (rekorMajor) => instanceOf(urls, rekorMajor),
    signingConfigJson: (rekorMajor) => services.signingConfigs[rekorMajor],
    setClaims: services.issuer.setClaims,
    setFaults(next) {
      faults = next;
    },
    mint: services.issuer.mint,
    actionsEnv: () => actionsEnvironment(urls.issuer),
    close: hosts.close,
    [Symbol.asyncDispose]: hosts.close,
  };
}

function instanceOf(urls: ServiceUrls, rekorMajor: 1 | 2): SigstoreInstance {
  const rekor = { url: rekorMajor === 1 ? urls.rekorV1 : urls.rekorV2, majorVersion: rekorMajor };
  return { oidcIssuerUrl: urls.issuer, fulcioUrl: urls.fulcio, rekor, tsaUrl: urls.tsa };
}
