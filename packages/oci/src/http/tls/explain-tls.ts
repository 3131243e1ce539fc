/**
 * What is wrong with a certificate, and what to do about it, from the codes of OpenSSL and Node.
 *
 * @see https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes
 * @module
 */
import type { ErrorDetails } from '@squizzle/core';

type Reason = ErrorDetails['TLS_UNTRUSTED']['reason'];

export interface TlsExplanation {
  readonly reason: Reason;
  /** After "the certificate of <host>". */
  readonly what: string;
  readonly hint: string;
}

const REASONS: Readonly<Record<string, Reason>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-authority',
  CERT_UNTRUSTED: 'unknown-authority',
  INVALID_CA: 'unknown-authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  HOSTNAME_MISMATCH: 'wrong-host',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'client-certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'client-certificate',
  ERR_SSL_SSL_TLS_ALERT_BAD_CERTIFICATE: 'client-certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'client-certificate',
  ERR_SSL_SSL_TLS_ALERT_CERTIFICATE_UNKNOWN: 'client-certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'client-certificate',
  ERR_SSL_SSL_TLS_ALERT_CERTIFICATE_EXPIRED: 'client-certificate',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'client-certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'client-certificate',
  ERR_SSL_TLS_ALERT_UNKNOWN_CA: 'client-certificate',
};

/** Other faults of a certificate. Faults of the protocol (`ERR_SSL_WRONG_VERSION_NUMBER`) are none. */
const OTHER =
  /^(?:CERT_|CRL_|CA_|EE_|KEY_TOO|DH_KEY|ERROR_IN_CERT|UNABLE_TO_|ERR_TLS_CERT|PATH_LENGTH|INVALID_PURPOSE)/;

/** `undefined`: the code tells of no certificate. */
export function explainTls(code: string, host: string): TlsExplanation | undefined {
  const reason = REASONS[code] ?? (OTHER.test(code) ? 'other' : undefined);
  return reason === undefined ? undefined : { reason, ...WORDS[reason](host) };
}

const folderOf = (host: string): string => `~/.config/containers/certs.d/${host}`;

const WORDS: Readonly<Record<Reason, (host: string) => Omit<TlsExplanation, 'reason'>>> = {
  'unknown-authority': (host) => ({
    what: 'was made by an authority that is not known here',
    hint: `put the authority's PEM file in ${folderOf(host)}/ca.crt, or pass ca`,
  }),
  'wrong-host': () => ({
    what: 'is for other names',
    hint: 'use a name that the certificate has, or have the registry get a certificate for this one',
  }),
  expired: () => ({
    what: 'has expired',
    hint: "renew the registry's certificate; see also whether the clock is right",
  }),
  'not-yet-valid': () => ({
    what: 'is not valid yet',
    hint: "see whether this machine's clock is right, and when the certificate begins",
  }),
  'client-certificate': (host) => ({
    what: 'was taken, but the registry wants one from the client and did not take what it got',
    hint: `put client.cert and client.key in ${folderOf(host)}, or pass clientCertificate and clientKey`,
  }),
  other: () => ({
    what: 'cannot be trusted',
    hint: 'have the registry get a certificate that OpenSSL takes (`openssl verify` tells more)',
  }),
};
