/**
 * From an archive into a store: everything that it was made for, with signatures.
 *
 * No tag of a release is set: which may be claimed is for whoever knows what they mean. Those of cosign's signatures
 * mean one thing alone and are.
 *
 * @module
 */
import {
  copyAttached,
  copyContent,
  copySignatureTags,
  subjectOf,
  type ContentSource,
  type ContentStore,
  type CopyContentOptions,
  type ReferrerStore,
  type TaggedSignatures,
} from '@squizzle/core';
import { LIMITS, parseManifest, readVerified, type Descriptor, type Digest } from '@squizzle/oci-spec';
import type { ListedManifest } from '../layout/layout-index.ts';
import { refuserOf } from './archive-error.ts';
import { soundSource } from './sound-source.ts';
import { openLayoutArchive, type OpenArchiveOptions } from './tar-index.ts';

export interface ImportArchiveOptions extends OpenArchiveOptions, CopyContentOptions {
  readonly path: string;
  readonly to: ContentStore & Partial<ReferrerStore>;
}

export interface ImportedArchive {
  /** In the archive's order, with the tags that they have there. */
  readonly roots: readonly ListedManifest[];
  /** What is attached to them. */
  readonly referrers: readonly Descriptor[];
  /** cosign's older signatures of them, as the store's tags name them now. */
  readonly signatures: readonly TaggedSignatures[];
}

/**
 * Copies what the archive lists: first what has a tag or is about nobody, then what is attached, several at once. Content
 * that the store has is not read; a run that ended early is gone on with by the same call.
 *
 * @throws {SquizzleError} `ARCHIVE_INVALID`, also for content that is damaged; `STORE_UNUSABLE`; `CONTENT_NOT_FOUND` for
 *   an archive that lacks content.
 */
export async function importArchive({ path, to, onBlob, ...options }: ImportArchiveOptions): Promise<ImportedArchive> {
  const archive = await openLayoutArchive(path, options);
  try {
    const { roots, attached } = archive;
    const from = soundSource(archive, refuserOf(path));
    const copying = { onBlob, signal: options.signal };
    for (const { descriptor } of roots) await copyContent(descriptor, from, to, copying);
    await copyAttached(await inWaves(attached, from, options.signal), from, to, copying);
    const signatures: TaggedSignatures[] = [];
    const tagged = { ...from, resolve: archive.resolve };
    for (const { descriptor } of roots) signatures.push(...(await copySignatureTags(descriptor, tagged, to, copying)));
    return { roots, referrers: attached, signatures };
  } finally {
    await archive.close();
  }
}

/** Each in a later wave than what it is about. */
async function inWaves(
  attached: readonly Descriptor[],
  from: ContentSource,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly Descriptor[])[]> {
  const isAttached = new Set(attached.map(({ digest }) => digest));
  const first: Descriptor[] = [];
  const followers = new Map<Digest, Descriptor[]>();
  for (const descriptor of attached) {
    const bytes = await readVerified(from.fetch(descriptor, { signal }), descriptor, LIMITS.manifestBytes);
    const subject = subjectOf(parseManifest(bytes, descriptor.mediaType))?.digest;
    if (subject === undefined || !isAttached.has(subject)) first.push(descriptor);
    else followers.set(subject, (followers.get(subject) ?? []).concat(descriptor));
  }
  const waves: (readonly Descriptor[])[] = [];
  for (let wave = first; wave.length > 0; wave = wave.flatMap(({ digest }) => followers.get(digest) ?? [])) {
    waves.push(wave);
  }
  return waves;
}
