/**
 * Settings for signing that do not fit together, or that make signatures which nobody can verify.
 *
 * @module
 */
import type { SigningConfig } from './schema.ts';

export interface SigningFault {
  /** Below `signing`. */
  readonly key: keyof SigningConfig & string;
  readonly reason: string;
}

/** Keys that say who signs without a key. */
const KEYLESS = ['identity', 'fulcio', 'signingConfig', 'oidcIssuer', 'oidcClientId'] as const;
/** Keys that a signing configuration has in it. */
const SERVICES = ['fulcio', 'rekor', 'tsa'] as const;

export function findSigningFaults(signing: SigningConfig): readonly SigningFault[] {
  const faults: SigningFault[] = [];
  const keyless = KEYLESS.filter((key) => signing[key] !== undefined);
  if (signing.key !== undefined && keyless.length > 0) {
    const reason = `a key signs, or an identity does: leave out this, or ${keyless.join(', ')}`;
    faults.push({ key: 'key', reason });
  }
  const services = SERVICES.filter((key) => signing[key] !== undefined);
  if (signing.signingConfig !== undefined && services.length > 0) {
    const reason = `it names the services, and so ${services.length === 1 ? 'does' : 'do'} ${services.join(', ')}: leave out one of both`;
    faults.push({ key: 'signingConfig', reason });
  }
  const own = ownServices(signing);
  if (own.length > 0 && signing.trustedRoot === undefined) {
    const reason = `is missing: nobody can verify what ${own.join(', ')} vouch${own.length === 1 ? 'es' : ''} for without the trusted root of that Sigstore; set 'file' and 'sha256' of its trusted_root.json`;
    faults.push({ key: 'trustedRoot', reason });
  }
  return faults;
}

/** Those that are not of the public good instance. */
function ownServices({ signingConfig, fulcio, rekor, tsa }: SigningConfig): readonly string[] {
  return [
    ...(signingConfig === undefined ? [] : ['signingConfig']),
    ...(fulcio === undefined ? [] : ['fulcio']),
    ...(rekor === undefined || rekor === false ? [] : ['rekor']),
    ...(tsa === undefined ? [] : ['tsa']),
  ];
}
