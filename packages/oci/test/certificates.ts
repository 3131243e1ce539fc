/**
 * Certificates for tests, made on the spot: an authority, and what it vouches for.
 *
 * Keys are P-256, so that making one takes about a millisecond. Nothing here is fit for anything but a test.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280
 * @module
 */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, explicit, implicit, integer, octets, oid, sequence, set, text, time, yes } from './der.ts';

/** Both as PEM texts, as `node:tls` takes them. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** Names and addresses it is good for; the first is its subject too. Default: `localhost`, `127.0.0.1`, `::1`. */
  readonly hosts?: readonly string[];
  /** Default `server`. */
  readonly usage?: 'server' | 'client';
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: in a day. */
  readonly notAfter?: Date;
}

export interface TestAuthority {
  /** What a client must trust: a PEM text. */
  readonly ca: string;
  issue(request?: CertificateRequest): TestCertificate;
}

const HOUR_MS = 3_600_000;
const USAGE = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

export function createAuthority(name = 'Test Authority'): TestAuthority {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name, key: privateKey };
  const own = [
    extension('2.5.29.19', sequence(yes), true),
    extension('2.5.29.15', bits(Uint8Array.of(0x06), 1), true),
    extension('2.5.29.14', octets(keyId(privateKey))),
  ];
  return {
    ca: certify({ subject: name, key: privateKey, issuer, extensions: own, ...validity({}) }),
    issue(request = {}) {
      const { hosts = ['localhost', '127.0.0.1', '::1'], usage = 'server' } = request;
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const subject = hosts[0] ?? 'nobody';
      const extensions = [
        extension('2.5.29.37', sequence(oid(USAGE[usage]))),
        extension('2.5.29.17', sequence(...hosts.map(alternativeName))),
        extension('2.5.29.35', sequence(implicit(0, keyId(privateKey)))),
      ];
      const cert = certify({ subject, key: pair.privateKey, issuer, extensions, ...validity(request) });
      return { cert, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

interface Statement {
  readonly subject: string;
  readonly key: KeyObject;
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
}

function certify({ subject, key, issuer, notBefore, notAfter, extensions }: Statement): string {
  const statement = sequence(
    explicit(0, integer(2)),
    integer(Uint8Array.of(1, ...randomBytes(15))),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject),
    publicKeyOf(key),
    explicit(3, sequence(...extensions)),
  );
  const signature = bits(sign('sha256', statement, issuer.key));
  const lines =
    sequence(statement, ECDSA_WITH_SHA256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function validity({ notBefore, notAfter }: CertificateRequest): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: notBefore ?? new Date(now - HOUR_MS), notAfter: notAfter ?? new Date(now + 24 * HOUR_MS) };
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1').update(publicKeyOf(key)).digest();
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), text(commonName))));
}

function extension(id: string, content: Uint8Array, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [yes] : []), octets(content));
}

function alternativeName(host: string): Buffer {
  const family = isIP(host);
  if (family === 0) return implicit(2, Buffer.from(host));
  return implicit(7, family === 4 ? Uint8Array.from(host.split('.').map(Number)) : ipv6Bytes(host));
}

function ipv6Bytes(address: string): Uint8Array {
  const [head = [], tail = []] = address.split('::').map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
