/**
 * Where a release is looked for: the project's own store and, beyond it, the remote one.
 *
 * What can never change (versions, digests, commits) is taken from the own store where it is there. What moves with
 * time is asked of both: of `latest` and ranges the highest counts, of other tags the remote's.
 *
 * @module
 */
import {
  compareVersions,
  describeSelector,
  isSquizzleError,
  pullArtifact,
  SquizzleError,
  toSelector,
  versionTag,
  type ContentStore,
  type PulledArtifact,
  type Selector,
} from '@squizzle/core';
import type { Project } from './project.ts';

export interface FindOptions {
  /** The one store to look in, from `--from`. */
  readonly from?: string | undefined;
}

/**
 * Reads the release that is meant and compares it with `squizzle.lock`; one that is named by digest is not compared.
 *
 * @throws {SquizzleError} `SELECTOR_INVALID`, `ARTIFACT_NOT_FOUND`, `TAG_MOVED`, and what reading the artifact throws.
 */
export async function pullRelease(text: string, project: Project, { from }: FindOptions = {}): Promise<PulledArtifact> {
  const selector = toSelector(text);
  if (from !== undefined) return pullFrom(selector, await project.storeAt(from, '--from'), project);
  return checkLocked(await findInBoth(selector, project), selector, project);
}

/** As {@link pullRelease}, from one store. */
export async function pullFrom(
  selector: Selector,
  store: ContentStore,
  project: Pick<Project, 'lockfile' | 'signal'>,
): Promise<PulledArtifact> {
  return checkLocked(await pullArtifact(selector, store, { signal: project.signal }), selector, project);
}

async function checkLocked(
  artifact: PulledArtifact,
  selector: Selector,
  { lockfile }: Pick<Project, 'lockfile'>,
): Promise<PulledArtifact> {
  if (selector.kind !== 'digest') await lockfile.check(artifact, selector);
  return artifact;
}

type Look = () => Promise<PulledArtifact>;

async function findInBoth(selector: Selector, project: Project): Promise<PulledArtifact> {
  const { signal } = project;
  const own: Look = async () => pullArtifact(selector, await project.store(), { signal });
  const remoteStore = await project.findRemote();
  if (remoteStore === undefined) return own();
  const remote: Look = () => orOffline(() => pullArtifact(selector, remoteStore, { signal }));
  if (selector.kind === 'moving' || selector.kind === 'range') {
    const here = await ifThere(own);
    const known = here.artifact;
    const there = await ifThere(() => orOffline(() => pullArtifact(selector, remoteStore, { signal, known })));
    return highestFound(selector, here, there);
  }
  return firstFound(selector.kind === 'tag' ? [remote, own] : [own, remote], selector);
}

async function firstFound([first, second]: readonly [Look, Look], selector: Selector): Promise<PulledArtifact> {
  const found = await ifThere(first);
  if (found.artifact !== undefined) return found.artifact;
  const other = await ifThere(second);
  if (other.artifact !== undefined) return other.artifact;
  throw inNeither(selector, found.reason, other.reason);
}

function highestFound(selector: Selector, here: Found, there: Found): PulledArtifact {
  if (here.artifact !== undefined && there.artifact !== undefined) return higherOf(here.artifact, there.artifact);
  if (here.artifact !== undefined) return here.artifact;
  if (there.artifact !== undefined) return there.artifact;
  throw inNeither(selector, here.reason, there.reason);
}

/** @throws {SquizzleError} `TAG_MOVED` when both have one version with different content. */
export function higherOf(here: PulledArtifact, there: PulledArtifact): PulledArtifact {
  if (here.root.digest === there.root.digest) return here;
  const [a, b] = [here.manifest.version, there.manifest.version];
  const order = compareVersions(a, b) || (a < b ? -1 : a > b ? 1 : 0); // build metadata: as lists of versions have it
  if (order !== 0) return order > 0 ? here : there;
  throw differs(here, there);
}

function differs(here: PulledArtifact, there: PulledArtifact): SquizzleError<'TAG_MOVED'> {
  const { version } = here.manifest;
  const [expected, actual] = [here.root.digest, there.root.digest];
  const message = `${version} is ${expected} in ${here.store.description} and ${actual} in ${there.store.description}: two releases of one version; where the one here was never published, 'squizzle delete ${version} --local --yes' takes it away`;
  return new SquizzleError('TAG_MOVED', message, { tag: versionTag(version), expected, actual });
}

type Found = { readonly artifact: PulledArtifact } | { readonly artifact?: undefined; readonly reason: Error };

async function ifThere(look: Look): Promise<Found> {
  try {
    return { artifact: await look() };
  } catch (cause) {
    if (isSquizzleError(cause, 'ARTIFACT_NOT_FOUND') || isSquizzleError(cause, 'NOT_FOUND')) return { reason: cause };
    throw cause;
  }
}

function inNeither(selector: Selector, here: Error, there: Error): SquizzleError<'ARTIFACT_NOT_FOUND'> {
  const name = describeSelector(selector);
  const message = `neither store has a release ${name}\n  ${here.message}\n  ${there.message}`;
  return new SquizzleError('ARTIFACT_NOT_FOUND', message, { selector: name }, { cause: here });
}

/** Says how to do without a registry that cannot be reached. */
export async function orOffline<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isSquizzleError(cause, 'UNREACHABLE')) throw cause;
    const message = `${cause.message}; --offline does with what is here`;
    throw new SquizzleError('UNREACHABLE', message, cause.details, { cause });
  }
}
