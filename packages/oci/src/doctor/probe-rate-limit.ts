/**
 * How many requests a registry takes, where it says so.
 *
 * @see https://docs.docker.com/docker-hub/usage/pulls/
 * @module
 */
import type { HttpHeaders } from '../http/http.ts';
import type { RepositoryAccess } from '../registry/repository-access.ts';
import { attempt, found, type ProbeResult } from './probe-result.ts';

export async function probeRateLimit(access: RepositoryAccess, signal: AbortSignal | undefined): Promise<ProbeResult> {
  return attempt('rate-limit', signal, async () => {
    const response = await access.send({ method: 'HEAD', target: 'manifests/latest', action: 'pull', signal });
    await response.discard();
    const [limit, remaining] = [amountOf(response.headers, 'limit'), amountOf(response.headers, 'remaining')];
    if (limit === undefined || remaining === undefined) {
      return found('rate-limit', 'skipped', 'the registry says nothing about how many requests it takes');
    }
    const summary = `${remaining.amount} of ${limit.amount} requests are left${limit.window}`;
    const isLow = remaining.amount < limit.amount / 10;
    return found(
      'rate-limit',
      isLow ? 'failed' : 'ok',
      summary,
      isLow ? 'wait, or log in: limits are higher for those who do' : null,
    );
  });
}

/** `100;w=21600`: so many in so many seconds. */
function amountOf(
  headers: HttpHeaders,
  name: string,
): { readonly amount: number; readonly window: string } | undefined {
  const [, amount, seconds] = /^(\d{1,12})(?:.*\bw=(\d{1,9}))?/.exec(headers.get(`ratelimit-${name}`) ?? '') ?? [];
  if (amount === undefined) return undefined;
  return { amount: Number(amount), window: seconds === undefined ? '' : `, of every ${seconds} s` };
}
