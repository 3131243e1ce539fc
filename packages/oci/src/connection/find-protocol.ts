/**
 * Whether a host speaks TLS, found out by trying: for loopback hosts, and others where plain http is allowed.
 *
 * Nothing is sent but the beginning of a handshake, and nothing is trusted: certificates are checked later.
 *
 * @module
 */
import { openSocket, type Route } from '../http/connect/open-socket.ts';
import { ConnectFault } from '../http/exchange/transfer-fault.ts';

const PROBE_MS = 1_500;

/**
 * `undefined`: nobody was reached, so it is not known.
 *
 * @throws {ConnectFault} when the host does not even refuse: asking it again would only take longer.
 */
export async function findProtocol(
  apiHost: string,
  route: Pick<Route, 'proxy' | 'resolve'>,
): Promise<'https:' | 'http:' | undefined> {
  try {
    const socket = await openSocket(
      { ...route, origin: new URL(`https://${apiHost}`), addresses: 'any', tlsFor: async () => UNVERIFIED },
      PROBE_MS,
    );
    socket.on('error', () => undefined).destroy();
    return 'https:';
  } catch (thrown) {
    if (!(thrown instanceof ConnectFault)) throw thrown;
    if (thrown.stage === 'tls') return isAlert(thrown) ? 'https:' : 'http:';
    if (thrown.code === 'UND_ERR_CONNECT_TIMEOUT') throw thrown;
    return undefined;
  }
}

const UNVERIFIED = { secureContext: undefined, verify: false };

/** Who sends an alert speaks TLS, whatever it does not like. */
function isAlert({ code }: ConnectFault): boolean {
  return code?.includes('_ALERT_') === true;
}
