/**
 * Whether a registry is there, who it lets in, and what time it has: nothing is written.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { listTags } from '../registry/lists/tags.ts';
import type { RegistryConnection, RepositoryAccess } from '../registry/repository-access.ts';
import { attempt, found, type ProbeResult } from './probe-result.ts';

export interface AccessProbeOptions {
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
}

/** Tokens and signatures are for some minutes; beyond this, they fail. */
const MAX_SKEW_MS = 60_000;

/** The base of the API, asked with credentials where there are any. */
export async function probeBase(
  connection: RegistryConnection,
  { signal, now }: AccessProbeOptions,
): Promise<readonly [reach: ProbeResult, clock: ProbeResult]> {
  let clock = found('clock', 'skipped', 'the registry did not say what time it has');
  const startedMs = now();
  const reach = await attempt('reach', signal, async () => {
    const response = await connection.send({ method: 'GET', target: '', signal });
    await response.discard();
    clock = compareClocks(response.headers.get('date'), now());
    const tookMs = Math.round(now() - startedMs);
    const summary = `${connection.host} (${connection.profile.name}) answered in ${tookMs} ms`;
    if (response.status === 404)
      return found(
        'reach',
        'failed',
        `${summary}, but not as a registry does: HTTP 404 at /v2/`,
        'see whether the address is a registry’s',
      );
    if (response.url.protocol === 'https:') return found('reach', 'ok', `${summary}, with TLS`);
    return found('reach', 'ok', `${summary}, without TLS: anyone on the way can read and change what is sent`);
  });
  return [
    isRefusal(reach)
      ? { ...reach, outcome: 'ok', summary: `${connection.host} answered, and wants a login`, hint: null }
      : reach,
    clock,
  ];
}

/** Who is refused has been heard. */
function isRefusal({ code }: ProbeResult): boolean {
  return code === 'AUTH_REQUIRED' || code === 'FORBIDDEN';
}

function compareClocks(date: string | undefined, nowMs: number): ProbeResult {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return found('clock', 'skipped', 'the registry did not say what time it has');
  const skewMs = Math.abs(theirs - nowMs);
  if (skewMs <= MAX_SKEW_MS) return found('clock', 'ok', 'this machine and the registry agree what time it is');
  const summary = `this machine’s clock and the registry’s differ by ${Math.round(skewMs / 1_000)} s: tokens seem expired, or not valid yet`;
  return found('clock', 'failed', summary, 'set the clock of this machine (chrony, systemd-timesyncd)');
}

export async function probeLogin(
  access: RepositoryAccess,
  connection: RegistryConnection,
  { signal }: AccessProbeOptions,
): Promise<ProbeResult> {
  return attempt('login', signal, async () => {
    const known = await connection.describeCredentials(access.repository);
    const who =
      known === undefined
        ? 'without credentials: none are known for this registry'
        : `${known.username === null ? 'with a token' : `as ${known.username}`}, from ${known.source}`;
    try {
      const { scheme } = await connection.identify(null, { signal });
      if (scheme === 'none' && known !== undefined)
        return found('login', 'ok', `nobody is asked who they are; ${who}, where that is needed`);
    } catch (thrown) {
      if (!(thrown instanceof SquizzleError)) throw thrown;
      throw new SquizzleError(thrown.code, `${who}: ${thrown.message}`, thrown.details, { cause: thrown });
    }
    return found('login', 'ok', who);
  });
}

export async function probePull(access: RepositoryAccess, { signal }: AccessProbeOptions): Promise<ProbeResult> {
  return attempt('pull', signal, async () => {
    const { length } = await listTags(access, { signal });
    return found(
      'pull',
      'ok',
      `${access.repository} can be read: ${length === 0 ? 'it has no tags yet' : `${length} tags`}`,
    );
  });
}
