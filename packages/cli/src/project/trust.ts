/**
 * The trust policy of a project: the file that says who must have signed what runs where.
 *
 * A pin makes it stricter, never looser: with a pin there must be a policy, and all pins must be met.
 *
 * @module
 */
import { lstat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { TrustPolicyDocument } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { TRUST_FILE } from '../config/trust-file.ts';
import type { PolicyFlags } from './policy-options.ts';
import { checkPin, findPins, policyGone, type PolicyPin } from './policy-pins.ts';
import type { Session } from './session.ts';
import { checkPolicySignature } from './trust-signature.ts';

export interface Trust {
  readonly policy: TrustPolicyDocument;
  /** All of them are met. */
  readonly pins: readonly PolicyPin[];
  readonly tools: SecurityTools;
}

export interface TrustContext {
  readonly session: Session;
  readonly loaded: LoadedConfig;
  readonly flags: PolicyFlags;
}

export interface PolicyPlace {
  readonly path: string;
  /** As messages name it. */
  readonly name: string;
}

/**
 * Reads the policy and sees that it is the one that is pinned and signed.
 *
 * @returns `null` where there is none: `@squizzle/security` is not loaded then.
 * @throws {SquizzleError} `POLICY_INVALID`, `POLICY_CHANGED`, `TRUST_ROOT_INVALID`; `CONFIG_INVALID` for a pin that is none.
 */
export async function openTrust(context: TrustContext): Promise<Trust | null> {
  const place = await findPolicyFile(context);
  const pins = findPins(context);
  if (place === undefined) {
    const [pin] = pins;
    if (pin !== undefined) throw policyGone(pin);
    return null;
  }
  const tools = await context.session.environment.adapters.loadSecurity();
  const { signal } = context.session;
  const policy = await tools.openTrustPolicy(place.path, place.name, { signal });
  for (const pin of pins) checkPin(policy, pin);
  await checkPolicySignature(policy, place, context, tools);
  return { policy, pins, tools };
}

/** The flag, the configuration, the file beside it. `undefined`: none is named, and none lies there. */
export async function findPolicyFile({ session, loaded, flags }: TrustContext): Promise<PolicyPlace | undefined> {
  if (flags.policy !== undefined) return { path: resolve(session.cwd, flags.policy), name: flags.policy };
  const { trust } = loaded.config;
  const path = resolve(loaded.folder, trust?.policy ?? TRUST_FILE);
  // A link that leads nowhere is one that is there and cannot be read.
  if (trust === undefined && (await lstat(path).catch(() => undefined)) === undefined) return undefined;
  return { path, name: shorter(path, relative(session.cwd, path)) };
}

/** Where a policy is looked for, whether there is one or not. */
export async function policyPlace(context: TrustContext): Promise<PolicyPlace> {
  const path = join(context.loaded.folder, TRUST_FILE);
  return (await findPolicyFile(context)) ?? { path, name: shorter(path, relative(context.session.cwd, path)) };
}

const shorter = (a: string, b: string): string => (b.length < a.length ? b : a);
