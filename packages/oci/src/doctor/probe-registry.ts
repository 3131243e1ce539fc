/**
 * Finds out what a registry can do for releases, by trying it: one result a probe, as each is done.
 *
 * What is written is a scratch image in the repository, which is deleted again, also when probing is stopped midway.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { RepositoryName } from '@squizzle/oci-spec';
import type { RegistryConnection } from '../registry/repository-access.ts';
import { createRepositoryStore } from '../registry/repository-store.ts';
import { probeBase, probeLogin, probePull } from './probe-access.ts';
import { probeRateLimit } from './probe-rate-limit.ts';
import { found, type ProbeName, type ProbeResult } from './probe-result.ts';
import {
  probeChunks,
  probeDelete,
  probeMount,
  probeMovingTags,
  probePush,
  probeReferrers,
  type WriteProbe,
} from './probe-writes.ts';
import { createScratchImage } from './scratch-image.ts';

export interface ProbeOptions extends CallOptions {
  readonly repository: RepositoryName;
  /** Whether nothing may be written. Default: a scratch image is. */
  readonly readOnly?: boolean | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Yields a result for each of `PROBES`. Throws nothing but the signal's reason: what fails is a result. */
export async function* probeRegistry(
  connection: RegistryConnection,
  { repository, readOnly = false, now = Date.now, signal }: ProbeOptions,
): AsyncGenerator<ProbeResult, void, undefined> {
  const access = connection.repository(repository);
  const options = { signal, now };
  const [reach, clock] = await probeBase(connection, options);
  yield reach;
  yield clock;
  if (reach.outcome === 'failed')
    return yield* skipped([...READING, ...WRITING, 'rate-limit'], 'the registry was not reached');
  yield await probeLogin(access, connection, options);
  yield await probePull(access, options);
  yield* readOnly ? skipped(WRITING, 'nothing is to be written') : probeWriting(access, signal);
  yield await probeRateLimit(access, signal);
}

const READING = ['login', 'pull'] as const;
const WRITING = ['push', 'chunks', 'mount', 'referrers', 'moving-tags', 'delete'] as const;

async function* probeWriting(
  access: WriteProbe['access'],
  signal: AbortSignal | undefined,
): AsyncGenerator<ProbeResult, void, undefined> {
  const probe: WriteProbe = {
    access,
    store: createRepositoryStore(access),
    image: createScratchImage(access.profile.tagDeletion),
    signal,
  };
  let isClean = false;
  try {
    const push = await probePush(probe);
    yield push;
    if (push.outcome !== 'ok') return yield* skipped(WRITING.slice(1), 'nothing could be pushed');
    yield await probeChunks(probe);
    yield await probeMount(probe);
    yield await probeReferrers(probe);
    yield await probeMovingTags(probe);
    const deletion = await probeDelete(probe);
    isClean = true;
    yield deletion;
  } finally {
    if (!isClean) await cleanUp(probe);
  }
}

const CLEAN_UP_MS = 5_000;

/** After a stop, and after a push that got half way. */
async function cleanUp(probe: WriteProbe): Promise<void> {
  await probeDelete({ ...probe, signal: AbortSignal.timeout(CLEAN_UP_MS) }).catch(() => undefined); // the stop is what is told
}

function* skipped(probes: readonly ProbeName[], why: string): Generator<ProbeResult, void, undefined> {
  for (const probe of probes) yield found(probe, 'skipped', why);
}
