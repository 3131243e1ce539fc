/**
 * What the trust policy is pinned to: by flag, by variable, in the configuration. Whoever sets several must meet all.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { TrustPolicyDocument } from '@squizzle/security';
import { TRUST_FILE } from '../config/trust-file.ts';
import { POLICY_DIGEST_EXPECTED, toPolicyDigest } from './policy-options.ts';
import type { TrustContext } from './trust.ts';

export interface PolicyPin {
  readonly digest: string;
  /** Who pinned it. */
  readonly by: string;
  /** Not in the repository: out of reach of whoever can change nothing else. */
  readonly isOutside: boolean;
}

const VARIABLE = 'SQUIZZLE_TRUST_DIGEST';

/** @throws {SquizzleError} `CONFIG_INVALID` for a variable that is set and holds no digest. */
export function findPins({ session, loaded, flags }: TrustContext): readonly PolicyPin[] {
  // Set and empty is a secret that did not arrive, and no wish to do without the pin.
  const variable = session.environment.env[VARIABLE];
  if (variable !== undefined && toPolicyDigest(variable) === undefined) throw noDigest(variable);
  const written = loaded.config.trust?.digest;
  return [
    ...(flags.policyDigest === undefined
      ? []
      : [{ digest: flags.policyDigest, by: '--policy-digest', isOutside: true }]),
    ...(variable === undefined ? [] : [{ digest: variable, by: VARIABLE, isOutside: true }]),
    ...(written === undefined
      ? []
      : [{ digest: `sha256:${written}`, by: `trust.digest of ${loaded.name}`, isOutside: false }]),
  ];
}

function noDigest(variable: string): SquizzleError<'CONFIG_INVALID'> {
  const found = variable === '' ? 'is empty, and that pins nothing' : 'holds no digest';
  const message = `the variable ${VARIABLE} ${found}: expected ${POLICY_DIGEST_EXPECTED}; unset it to do without`;
  return new SquizzleError('CONFIG_INVALID', message, { file: VARIABLE, key: null });
}

/** @throws {SquizzleError} `POLICY_CHANGED` */
export function checkPin({ file, digest }: TrustPolicyDocument, pin: PolicyPin): void {
  if (pin.digest === digest) return;
  const reason = `its digest is ${digest}, and ${pin.by} pins ${pin.digest}`;
  const message = `${file}: ${reason}; if the change was meant, pin the new one, else see who loosened it`;
  throw new SquizzleError('POLICY_CHANGED', message, { file, expected: pin.digest, actual: digest, reason });
}

/** With a pin there must be a policy. */
export function policyGone({ digest, by }: PolicyPin): SquizzleError<'POLICY_CHANGED'> {
  const reason = `${by} pins a trust policy, and there is none`;
  const message = `${reason}: ${TRUST_FILE} is not beside squizzle.yaml, and nothing names another file`;
  return new SquizzleError('POLICY_CHANGED', message, { file: TRUST_FILE, expected: digest, actual: 'none', reason });
}
