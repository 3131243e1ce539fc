/**
 * A statement about a release, signed and attached to it wherever it is: in the project's own store and the remote one.
 *
 * It is signed once, and the same document is attached in each store: whoever verifies finds it in the store that the
 * release is read from.
 *
 * @module
 */
import { attachDocument, isSquizzleError, toSelector, type PulledArtifact } from '@squizzle/core';
import type { Descriptor } from '@squizzle/oci-spec';
import type { SignedBundle, Statement } from '@squizzle/security';
import type { ReleaseStore } from '../adapters.ts';
import { orOffline, pullFrom, pullRelease } from './find-release.ts';
import type { OpenSigner } from './open-signer.ts';
import type { Project } from './project.ts';
import type { StoreChoice } from './chosen-store.ts';

/** A release, and each store that has it, the remote one first: what others see comes before what this machine keeps. */
export interface PlacedRelease {
  readonly artifact: PulledArtifact;
  readonly stores: readonly ReleaseStore[];
}

/** @throws {SquizzleError} `ARTIFACT_NOT_FOUND`, `TAG_MOVED`; `USAGE_INVALID` when the remote store is asked for and there is none. */
export async function findPlaces(selector: string, flags: StoreChoice, project: Project): Promise<PlacedRelease> {
  if (flags.local === true || flags.registry === true) {
    const store = flags.registry === true ? await project.remote() : await project.store();
    const artifact = await pullFrom(toSelector(selector), store, project);
    return { artifact, stores: [store] };
  }
  const artifact = await pullRelease(selector, project);
  return { artifact, stores: await storesWith(artifact, project) };
}

export async function storesWith(
  { root }: Pick<PulledArtifact, 'root'>,
  project: Project,
): Promise<readonly ReleaseStore[]> {
  const stores: ReleaseStore[] = [];
  for (const store of [await project.findRemote(), await project.store()]) {
    if (store === undefined) continue;
    if (await isIn(store, root, project)) stores.push(store);
  }
  return stores;
}

/** A repository is made by the first push to it: none yet has nothing. */
async function isIn(store: ReleaseStore, { digest }: Descriptor, { signal }: Project): Promise<boolean> {
  try {
    return (await orOffline(() => store.resolve(digest, { signal }))) !== undefined;
  } catch (cause) {
    if (isSquizzleError(cause, 'NOT_FOUND')) return false;
    throw cause;
  }
}

export interface AttachedStatement {
  readonly predicateType: string;
  readonly bundle: SignedBundle;
  /** The manifest that was attached, the same everywhere. */
  readonly referrer: string;
  readonly stores: readonly string[];
}

/** @throws {SquizzleError} what the signer throws, then nothing was attached; what the stores throw. */
export async function attachStatement(
  statement: Statement,
  { artifact, stores }: Pick<PlacedRelease, 'stores'> & { readonly artifact: Pick<PulledArtifact, 'root'> },
  { statements, tools }: OpenSigner,
  { output, signal }: Pick<Project, 'output' | 'signal'>,
): Promise<AttachedStatement> {
  output.busy(`signing as ${statements.description}`);
  const bundle = await statements.sign(statement, { signal });
  const attachment = tools.toAttachment(bundle);
  let referrer = '';
  for (const store of stores) {
    const attached = await attachDocument(artifact.root, attachment, store, { signal });
    referrer = attached.referrer.digest;
  }
  const { predicateType } = statement;
  return { predicateType, bundle, referrer, stores: stores.map(({ description }) => description) };
}
