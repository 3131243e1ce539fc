/**
 * What a registry's own log says about the requests it answered.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { send } from '../../support/http.ts';

export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
}

/** A running registry: Debian's or ours. */
export interface LoggedRegistry {
  /** Name and port, as an image's name begins. */
  readonly host: string;
  readonly url: string;
  /** All lines so far. */
  log(): string;
  readonly parseLine: (line: string) => LoggedRequest | undefined;
}

const LOG_DEADLINE_MS = 10_000;

/**
 * The requests about one repository so far, in the order in which they were answered.
 *
 * A request of our own goes last; once the log has it, it has all that were answered before.
 */
export async function requestsTo(registry: LoggedRegistry, repository: string): Promise<readonly LoggedRequest[]> {
  const marker = `/v2/marker-${randomUUID()}/tags/list`;
  await send('GET', `${registry.url}${marker}`);
  const until = performance.now() + LOG_DEADLINE_MS;
  while (!registry.log().includes(marker)) {
    if (performance.now() > until) throw new RangeError(`the log has no line about ${marker}:\n${registry.log()}`);
    await new Promise((done) => setTimeout(done, 5));
  }
  return registry
    .log()
    .split('\n')
    .flatMap((line) => registry.parseLine(line) ?? [])
    .filter(({ path }) => path.startsWith(`/v2/${repository}/`));
}

/** How often each kind of request occurred that a push consists of. A mount is a POST that is answered with 201. */
export interface PushCount {
  readonly sessions: number;
  readonly mounts: number;
  readonly chunks: number;
  readonly manifests: number;
}

export async function countPush(registry: LoggedRegistry, repository: string): Promise<PushCount> {
  const requests = await requestsTo(registry, repository);
  const count = (method: string, path: RegExp, status: number): number =>
    requests.filter((each) => each.method === method && path.test(each.path) && each.status === status).length;
  return {
    sessions: count('POST', /\/blobs\/uploads\/$/, 202),
    mounts: count('POST', /\/blobs\/uploads\/$/, 201),
    chunks: count('PATCH', /\/blobs\/uploads\//, 202),
    manifests: count('PUT', /\/manifests\//, 201),
  };
}

/** What was added between two counts. */
export function countBetween(before: PushCount, after: PushCount): PushCount {
  return {
    sessions: after.sessions - before.sessions,
    mounts: after.mounts - before.mounts,
    chunks: after.chunks - before.chunks,
    manifests: after.manifests - before.manifests,
  };
}
