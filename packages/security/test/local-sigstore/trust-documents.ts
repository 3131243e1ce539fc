/**
 * What a private instance hands out: whom to trust (`trusted_root.json`) and where to sign (`signing_config.json`).
 *
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { sha256, spkiOf } from './key-pair.ts';

export interface ServiceUrls {
  readonly issuer: string;
  readonly fulcio: string;
  readonly rekorV1: string;
  readonly rekorV2: string;
  /** With its path, as signing configurations have it. */
  readonly tsa: string;
  readonly tuf: string;
}

export interface TrustedLog {
  readonly url: string;
  readonly publicKey: KeyObject;
  /** SHA-256 of the key, if it is left out. */
  readonly keyId?: Buffer;
}

export interface TrustedServices {
  /** Since when all are trusted. */
  readonly start: Date;
  readonly fulcio: { readonly url: string; readonly chain: readonly Buffer[] };
  readonly tsa: { readonly url: string; readonly chain: readonly Buffer[] };
  readonly ctLog: TrustedLog;
  readonly rekors: readonly TrustedLog[];
}

export function trustedRootJson({ start, fulcio, tsa, ctLog, rekors }: TrustedServices): string {
  const validFor = { start: start.toISOString() };
  const log = ({ url, publicKey, keyId = sha256(spkiOf(publicKey)) }: TrustedLog): object => ({
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: spkiOf(publicKey).toString('base64'),
      keyDetails: publicKey.asymmetricKeyType === 'ed25519' ? 'PKIX_ED25519' : 'PKIX_ECDSA_P256_SHA_256',
      validFor,
    },
    logId: { keyId: keyId.toString('base64') },
  });
  const authority = ({ url, chain }: TrustedServices['tsa']): object => ({
    subject: { organization: 'squizzle.test', commonName: 'local' },
    uri: url,
    certChain: { certificates: chain.map((der) => ({ rawBytes: der.toString('base64') })) },
    validFor,
  });
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: rekors.map(log),
    certificateAuthorities: [authority(fulcio)],
    ctlogs: [log(ctLog)],
    timestampAuthorities: [authority(tsa)],
  });
}

export function signingConfigJson(urls: ServiceUrls, rekorMajor: 1 | 2, start: Date): string {
  const service = (url: string, majorApiVersion = 1): readonly object[] => [
    { url, majorApiVersion, validFor: { start: start.toISOString() }, operator: 'squizzle.test' },
  ];
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: service(urls.fulcio),
    oidcUrls: service(urls.issuer),
    rekorTlogUrls: service(rekorMajor === 1 ? urls.rekorV1 : urls.rekorV2, rekorMajor),
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: service(urls.tsa),
    tsaConfig: { selector: 'ANY' },
  });
}
