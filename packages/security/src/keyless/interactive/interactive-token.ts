/**
 * A token of somebody who signs in now: in the browser of this machine, or with a code on any other device.
 *
 * The token is kept as long as it is valid, so that signing several statements asks once.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import { checkToken } from '../check-token.ts';
import { identityUnavailable } from '../identity-unavailable.ts';
import type { IdentityTokenSource } from '../identity-token.ts';
import { signInWithBrowser } from './browser-flow.ts';
import { signInWithDevice } from './device-flow.ts';
import { discoverProvider, type OidcProvider } from './oidc-provider.ts';

/** What the user has to be told. Texts and addresses come from the provider and were checked to be printable. */
export type SignInEvent =
  /** `opened`: whether the browser could be started; if not, the user opens the address. */
  | { readonly type: 'browser'; readonly url: string; readonly opened: boolean }
  | {
      readonly type: 'device-code';
      readonly userCode: string;
      readonly verificationUrl: string;
      /** The same with the code in it; `null`: the provider gives none. */
      readonly completeUrl: string | null;
      readonly expires: Date;
    };

export interface InteractiveTokenOptions {
  /** `https://oauth2.sigstore.dev/auth`. */
  readonly issuerUrl: string;
  /** Of a public client: there is no secret. At Sigstore's own: `sigstore`. */
  readonly clientId: string;
  readonly flow: 'browser' | 'device';
  /** Starts the user's browser; what it throws is no fault: the address is told by the event. */
  readonly openBrowser: (url: string) => Promise<void> | void;
  readonly onEvent: (event: SignInEvent) => void;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly now?: (() => Date) | undefined;
  /** How long the user has. Default 5 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Between questions to the provider; rejects with the signal's reason. Tests pass their own. */
  readonly wait?: ((ms: number, call: CallOptions) => Promise<void>) | undefined;
}

/** A token that ends in less than this is not used again. */
const REST_MS = 20_000;

/** Its tokens throw `IDENTITY_UNAVAILABLE` when the user does not sign in, `SIGNING_FAILED` of the provider. */
export function createInteractiveToken(options: InteractiveTokenOptions): IdentityTokenSource {
  const { issuerUrl, flow, now = () => new Date() } = options;
  let last: { readonly token: string; readonly expires: Date } | undefined;
  return {
    description: flow === 'browser' ? 'signing in with the browser' : 'signing in with a code',
    token: async (call = {}) => {
      if (last !== undefined && last.expires.getTime() - now().getTime() > REST_MS) return last.token;
      const provider = await discoverProvider(issuerUrl, { fetch: options.fetch, ...call });
      const token = await signIn(provider, options, call);
      const { expires } = checkSignIn(token, provider, options, now());
      last = { token, expires };
      return token;
    },
  };
}

async function signIn(provider: OidcProvider, options: InteractiveTokenOptions, call: CallOptions): Promise<string> {
  return options.flow === 'browser'
    ? signInWithBrowser(provider, options, call)
    : signInWithDevice(provider, options, call);
}

function checkSignIn(token: string, { issuer }: OidcProvider, options: InteractiveTokenOptions, now: Date) {
  const claims = checkToken(token, now, 'the provider');
  if (claims.issuer !== issuer || !claims.audience.includes(options.clientId)) {
    throw identityUnavailable('the provider gave a token of another issuer or for another client: do not trust it');
  }
  return claims;
}
