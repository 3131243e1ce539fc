/**
 * From what a socket, TLS, a proxy or the HTTP parser says to a typed error with a hint. Codes decide, never words.
 *
 * @module
 */
import { isSquizzleError, SquizzleError, type RegistryFault } from '@squizzle/core';
import type { RequestPlace } from '../http.ts';
import { isAddressRefused } from '../private-address.ts';
import { redactUrl } from '../redact-url.ts';
import { explainTls } from '../tls/explain-tls.ts';
import { ConnectFault, systemCodeOf, TransferFault } from './transfer-fault.ts';

/** The URL as it may be shown is made of the origin alone: paths tell nothing about a connection. */
export function explainFault(fault: unknown, place: RequestPlace, url: URL): unknown {
  if (isSquizzleError(fault) || isAddressRefused(fault)) return fault;
  const connecting = fault instanceof ConnectFault ? fault : undefined;
  const code = connecting === undefined ? systemCodeOf(fault) : connecting.code;
  const host = connecting?.proxy ?? url.host;
  const tls = explainTls(code ?? '', host);
  if (tls !== undefined) return untrusted({ fault, place, host, code: code ?? '', ...tls });
  if (isParserFault(fault, code)) return notHttp(place, code ?? 'no HTTP');
  return unreachable({ fault, place, url, code, connecting });
}

const PARSER_CODES: ReadonlySet<string | null> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  // Lengths that contradict one another, or are no numbers: what breaks off has another code.
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** Undici gives a code to some of them only. */
function isParserFault(fault: unknown, code: string | null): boolean {
  return PARSER_CODES.has(code) || (fault instanceof Error && fault.name === 'HTTPParserError');
}

function base(place: RequestPlace, hint: string): RegistryFault {
  return { registry: place.registry, repository: place.repository, requestId: null, status: null, hint };
}

interface Untrusted {
  readonly fault: unknown;
  readonly place: RequestPlace;
  readonly host: string;
  readonly code: string;
  readonly reason: SquizzleError<'TLS_UNTRUSTED'>['details']['reason'];
  readonly what: string;
  readonly hint: string;
}

function untrusted({ fault, place, host, code, reason, what, hint }: Untrusted): SquizzleError<'TLS_UNTRUSTED'> {
  const message = `${place.registry}: the certificate of ${host} ${what} (${code}); ${hint}`;
  return new SquizzleError('TLS_UNTRUSTED', message, { ...base(place, hint), reason, code }, { cause: fault });
}

function notHttp(place: RequestPlace, code: string): SquizzleError<'RESPONSE_INVALID'> {
  const reason = `what answers does not speak HTTP as expected (${code})`;
  const hint = 'see whether host and port are those of a registry, and what stands between';
  const details = { ...base(place, hint), reason };
  // The parser's own error holds what the server sent, which may be what it was told.
  const cause = new TransferFault('NOT_HTTP', code);
  return new SquizzleError('RESPONSE_INVALID', `${place.registry}: ${reason}; ${hint}`, details, { cause });
}

interface Unreachable {
  readonly fault: unknown;
  readonly place: RequestPlace;
  readonly url: URL;
  readonly code: string | null;
  readonly connecting: ConnectFault | undefined;
}

function unreachable({ fault, place, url, code, connecting }: Unreachable): SquizzleError<'UNREACHABLE'> {
  const { what, hint } = wordsFor(code, connecting);
  const at = connecting?.proxy == null ? redactUrl(url.origin) : `the proxy ${connecting.proxy}`;
  const message = `${place.registry}: ${what} ${at} (${code ?? 'no code'}); ${hint}`;
  return new SquizzleError('UNREACHABLE', message, { ...base(place, hint), systemCode: code }, { cause: fault });
}

interface Words {
  readonly what: string;
  readonly hint: string;
}

const NETWORK_HINT = 'check the network, the firewall and the proxy settings (HTTPS_PROXY, NO_PROXY)';
const NO_TLS_HINT = 'it does not seem to speak TLS: check the port; for a test registry with plain http pass insecure';

const WORDS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { what: 'nothing listens at', hint: 'check host and port, and that the registry runs' },
  ENOTFOUND: { what: 'there is no such host as that of', hint: 'check the name for mistakes' },
  EAI_AGAIN: { what: 'the name service does not answer for', hint: 'check the network and the DNS settings' },
  EPROTO: { what: 'no TLS connection could be made to', hint: NO_TLS_HINT },
  ERR_SSL_WRONG_VERSION_NUMBER: { what: 'no TLS connection could be made to', hint: NO_TLS_HINT },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: { what: 'no TLS connection could be made to', hint: NO_TLS_HINT },
  ...Object.fromEntries(
    ['SSLV3_ALERT_HANDSHAKE_FAILURE', 'SSL_TLS_ALERT_HANDSHAKE_FAILURE', 'TLSV1_ALERT_PROTOCOL_VERSION'].map(
      (alert) => [
        `ERR_SSL_${alert}`,
        {
          what: 'TLS was refused by',
          hint: 'it may want a client certificate (clientCertificate and clientKey), or an older version of TLS',
        },
      ],
    ),
  ),
  PROTOCOL_UNKNOWN: {
    what: 'it could not be found out whether TLS is spoken at',
    hint: 'try again, or write the scheme before the host: https://…, or http://… where there is no TLS',
  },
  UND_ERR_CONNECT_TIMEOUT: { what: 'no connection in time to', hint: NETWORK_HINT },
  UND_ERR_HEADERS_TIMEOUT: { what: 'no answer in time from', hint: 'try again later; the registry may be overloaded' },
  UND_ERR_BODY_TIMEOUT: { what: 'a response stopped coming from', hint: NETWORK_HINT },
  SEND_TIMEOUT: { what: 'what is sent is not taken any more by', hint: NETWORK_HINT },
};

function wordsFor(code: string | null, connecting: ConnectFault | undefined): Words {
  const status = connecting?.cause instanceof TransferFault ? connecting.cause.status : null;
  if (status === 407)
    return {
      what: 'user name and password are wanted by',
      hint: 'write them in HTTPS_PROXY: http://user:password@host:port',
    };
  if (status !== null)
    return {
      what: `HTTP ${status} instead of a tunnel from`,
      hint: 'ask who runs the proxy, or except the registry in NO_PROXY',
    };
  const known = WORDS[code ?? ''];
  if (known !== undefined) return known;
  if (connecting !== undefined) return { what: 'no connection could be made to', hint: NETWORK_HINT };
  return { what: 'the connection broke to', hint: NETWORK_HINT };
}
