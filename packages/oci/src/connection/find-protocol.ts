/**
 * Whether a host speaks TLS, found out by trying: for loopback hosts, and others where plain http is allowed.
 *
 * Nothing is sent to it but the beginning of a handshake, and its certificate is checked later. Plain http needs a sign
 * that there is no TLS: who is slow, or cuts the line, may be in the way of a host that has it. A proxy is trusted or not
 * as ever.
 *
 * @module
 */
import { openSocket, type Route } from '../http/connect/open-socket.ts';
import { ConnectFault, TransferFault } from '../http/exchange/transfer-fault.ts';

const PROBE_MS = 3_000;

export interface ProbeRoute extends Pick<Route, 'proxy' | 'resolve' | 'tlsFor' | 'signal'> {
  /** Milliseconds for all of it. Default: {@link PROBE_MS}. */
  readonly withinMs?: number | undefined;
}

/**
 * `undefined`: nobody was reached, so it is not known.
 *
 * @throws {ConnectFault} when the host does not even refuse: asking it again would only take longer; when it neither
 *   speaks TLS nor says anything else; when the proxy cannot be trusted.
 */
export async function findProtocol(
  apiHost: string,
  { withinMs = PROBE_MS, ...route }: ProbeRoute,
): Promise<'https:' | 'http:' | undefined> {
  const origin = new URL(`https://${apiHost}`);
  const tlsFor: Route['tlsFor'] = async (asked) => (asked === origin ? UNVERIFIED : route.tlsFor(asked));
  try {
    const socket = await openSocket({ ...route, origin, addresses: 'any', tlsFor }, withinMs);
    socket.on('error', () => undefined).destroy();
    return 'https:';
  } catch (thrown) {
    if (!(thrown instanceof ConnectFault)) throw thrown;
    if (thrown.proxy !== null && thrown.stage === 'tls') throw thrown;
    if (thrown.stage === 'tls') return protocolBy(thrown);
    if (thrown.code === 'UND_ERR_CONNECT_TIMEOUT') throw thrown;
    return undefined;
  }
}

const UNVERIFIED = { secureContext: undefined, verify: false };

/** What is no record of TLS: what the answer to a request that was not understood looks like. */
const NO_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|HTTPS_PROXY_REQUEST)$/;

/** Who sends an alert speaks TLS, whatever it does not like. */
function protocolBy({ code }: ConnectFault): 'https:' | 'http:' {
  if (NO_TLS.test(code ?? '')) return 'http:';
  if (/^ERR_(?:SSL|TLS)_/.test(code ?? '')) return 'https:';
  throw new ConnectFault(new TransferFault('PROTOCOL_UNKNOWN', `neither TLS nor anything else: ${code}`), 'tls', null);
}
