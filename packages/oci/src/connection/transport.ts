/**
 * From options to functions that send: what lies between an operation and the network, layer by layer.
 *
 *     redirects ( authorization ( retries ( warnings ( undici ) ) ) )
 *
 * Token services are reached by the lower half: nothing is followed there, and nobody adds a header.
 *
 * @module
 */
import type { RegistryHost } from '@squizzle/oci-spec';
import { probeIdentity, type IdentityQuery, type RegistryIdentity } from '../auth/identity.ts';
import { withAuthorization } from '../auth/with-authorization.ts';
import type { FindCredential } from '../credentials/credential.ts';
import type { Resolve } from '../http/connect/guarded-lookup.ts';
import { createHostPauses } from '../http/retry/host-pause.ts';
import type { Send } from '../http/http.ts';
import type { FindProxy } from '../http/connect/proxy.ts';
import { withRedirects } from '../http/redirects.ts';
import { withRetries } from '../http/retry.ts';
import { sleep as sleepUnlessAborted } from '../http/sleep.ts';
import type { FindTls } from '../http/tls/load-tls.ts';
import type { TransferLimits } from '../http/transfer-limits.ts';
import { createUndiciSend } from '../http/undici-send.ts';
import { withWarnings } from '../http/warnings.ts';
import type { OnRegistryEvent } from '../registry/registry-event.ts';

/** What tests may put in place of the system's own. */
export interface Seams {
  readonly now?: (() => number) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  readonly random?: (() => number) | undefined;
  readonly resolve?: Resolve | undefined;
}

export interface TransportOptions {
  readonly host: RegistryHost;
  readonly limits: TransferLimits;
  readonly credentials: FindCredential;
  readonly findTls: FindTls;
  readonly findProxy: FindProxy;
  readonly onEvent: OnRegistryEvent;
  readonly seams: Seams;
}

export interface Transport {
  /** For the registry at `origin`; always the same one, since it knows the tokens. */
  sendTo(origin: URL): Send;
  /** Who the registry takes the caller for. */
  identify(origin: URL, query: IdentityQuery): Promise<RegistryIdentity>;
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): Transport {
  const { host, limits, credentials, findTls, findProxy, onEvent, seams } = options;
  const { now = Date.now, sleep = sleepUnlessAborted, random, resolve } = seams;
  const { send, close } = createUndiciSend({ limits, findTls, findProxy, resolve });
  const pauses = createHostPauses({ now, sleep });
  const sendToken = withRetries(withWarnings(send, onEvent), { limits, pauses, now, sleep, random, onEvent });
  const hasProxy = (url: URL): boolean => findProxy(url) !== undefined;
  const senders = new Map<string, Send>();
  const rulesFor = (origin: URL) => ({ registry: host, origin, credentials, sendToken, hasProxy, limits, now });
  const sendTo = (origin: URL): Send => {
    const sender =
      senders.get(origin.origin) ?? withRedirects(withAuthorization(sendToken, rulesFor(origin)), { limits });
    senders.set(origin.origin, sender);
    return sender;
  };
  return { sendTo, identify: async (origin, query) => probeIdentity(sendToken, rulesFor(origin), query), close };
}
