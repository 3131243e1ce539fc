/**
 * Settings of an instance that can make signatures which somebody can verify later.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { parseServiceUrl, SERVICE_URL_RULE } from '../http/service-url.ts';
import type { SigstoreInstance, Witnesses } from './sigstore-instance.ts';

export interface CheckedWitnesses {
  readonly rekor: { readonly url: URL; readonly majorVersion: 1 | 2 } | null;
  readonly tsa: URL | null;
}

export interface CheckedInstance extends CheckedWitnesses {
  readonly fulcio: URL;
}

/** @throws {SquizzleError} `SIGNING_CONFIG_INVALID`. */
export function checkInstance(instance: SigstoreInstance): CheckedInstance {
  if (instance.rekor === null && instance.tsaUrl === null) {
    const reason =
      'without log and timestamp nothing proves that the certificate, which is valid for minutes, was valid: name one';
    throw signingConfigInvalid('rekor', reason);
  }
  return { fulcio: serviceUrl('fulcioUrl', instance.fulcioUrl), ...checkWitnesses(instance) };
}

/** @throws {SquizzleError} `SIGNING_CONFIG_INVALID`. */
export function checkWitnesses({ rekor, tsaUrl }: Witnesses): CheckedWitnesses {
  if (rekor?.majorVersion === 2 && tsaUrl === null) {
    throw signingConfigInvalid('tsaUrl', 'a Rekor of version 2 promises no time: name a timestamp authority beside it');
  }
  return {
    rekor: rekor && { url: serviceUrl('rekor.url', rekor.url), majorVersion: rekor.majorVersion },
    tsa: tsaUrl === null ? null : serviceUrl('tsaUrl', tsaUrl),
  };
}

/** @param key which setting is at fault; `null` where it is no single one. */
export function signingConfigInvalid(key: string | null, reason: string): SquizzleError<'SIGNING_CONFIG_INVALID'> {
  const where = key === null ? '' : `${key}: `;
  return new SquizzleError('SIGNING_CONFIG_INVALID', `settings for signing: ${where}${reason}`, { key, reason });
}

/** The address itself is not told: it may have a password in it. */
function serviceUrl(key: string, text: string): URL {
  const url = parseServiceUrl(text);
  if (url === undefined) throw signingConfigInvalid(key, `is not ${SERVICE_URL_RULE}: correct it`);
  return url;
}
