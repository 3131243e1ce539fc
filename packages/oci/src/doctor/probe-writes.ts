/**
 * What a registry does with content, tried out with a scratch image.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { MEDIA_TYPES } from '@squizzle/oci-spec';
import { uploadBlob } from '../registry/blobs/upload-blob.ts';
import { mountBlob } from '../registry/blobs/upload/upload-session.ts';
import { mediaTypeOf } from '../registry/manifests/manifest-request.ts';
import type { RepositoryAccess } from '../registry/repository-access.ts';
import type { RepositoryStore } from '../registry/repository-store.ts';
import { attempt, found, type ProbeResult } from './probe-result.ts';
import type { ScratchImage } from './scratch-image.ts';

export interface WriteProbe {
  readonly access: RepositoryAccess;
  readonly store: RepositoryStore;
  readonly image: ScratchImage;
  readonly signal: AbortSignal | undefined;
}

export async function probePush({ access, store, image, signal }: WriteProbe): Promise<ProbeResult> {
  return attempt('push', signal, async () => {
    for (const { descriptor, bytes } of [...image.blobs, image.manifest])
      await store.push(descriptor, [bytes], { signal });
    await store.tag(image.manifest.descriptor, image.tag, { signal });
    return found('push', 'ok', `${access.repository} can be written: a scratch image went there as ${image.tag}`);
  });
}

/** Two chunks where the registry takes such small ones, else one. */
export async function probeChunks({ access, image, signal }: WriteProbe): Promise<ProbeResult> {
  return attempt('chunks', signal, async () => {
    const { descriptor, bytes } = image.chunked;
    const limits = { ...access.limits, monolithicBytes: 0, chunkBytes: Math.ceil(bytes.byteLength / 2) };
    await uploadBlob({ ...access, limits }, descriptor, [bytes], { signal });
    return found('chunks', 'ok', 'large layers are sent in chunks, and go on where they broke off');
  });
}

export async function probeMount({ access, image, signal }: WriteProbe): Promise<ProbeResult> {
  return attempt('mount', signal, async () => {
    const { descriptor } = image.chunked;
    const mounted = await mountBlob(access, descriptor, { mountFrom: access.repository, signal });
    if (mounted === 'mounted') return found('mount', 'ok', 'layers that another repository has need not be sent');
    if (mounted !== 'refused') await mounted.cancel();
    return found('mount', 'unsupported', 'layers that another repository has are sent once more');
  });
}

export async function probeReferrers({ access, image, signal }: WriteProbe): Promise<ProbeResult> {
  return attempt('referrers', signal, async () => {
    const target = `referrers/${image.manifest.descriptor.digest}`;
    const response = await access.send({ method: 'GET', target, action: 'pull', signal });
    await response.discard();
    const isList = response.status === 200 && mediaTypeOf(response) === MEDIA_TYPES.ociIndex;
    if (isList && access.profile.referrersApi !== 'absent') {
      return found('referrers', 'ok', 'signatures are listed by the registry');
    }
    return found(
      'referrers',
      'unsupported',
      'the registry lists no signatures: they are kept in a tag sha256-… beside each release, as OCI says',
    );
  });
}

/** Versions must stay where they are; `latest` must follow them. A registry knows one rule for both. */
export async function probeMovingTags({ store, image, signal }: WriteProbe): Promise<ProbeResult> {
  return attempt('moving-tags', signal, async () => {
    const { descriptor, bytes } = image.other;
    await store.push(descriptor, [bytes], { signal });
    try {
      await store.tag(descriptor, image.tag, { signal });
    } catch (thrown) {
      if (!isSquizzleError(thrown) || REASONS_TO_STOP.has(thrown.code)) throw thrown;
      const summary =
        'no tag can be moved: versions are safe, but latest, v1 and v1.2 stay at the first release they name';
      return found('moving-tags', 'failed', summary, 'except latest, v1 and v1.2 from the rule of immutable tags');
    }
    const summary = 'tags can be moved, as latest must be; that a version was moved is noticed by squizzle.lock';
    return found('moving-tags', 'ok', summary);
  });
}

const REASONS_TO_STOP: ReadonlySet<string> = new Set(['CANCELLED', 'UNREACHABLE', 'RATE_LIMITED', 'AUTH_REQUIRED']);

/** Also cleans up: what cannot be deleted is named. */
export async function probeDelete({ store, image, signal }: WriteProbe): Promise<ProbeResult> {
  const left = await attempt('delete', signal, async () => {
    for (const { descriptor } of [image.other, image.manifest]) await store.delete(descriptor, { signal });
    const still = await store.resolve(image.tag, { signal });
    if (still === undefined) return found('delete', 'ok', 'releases can be deleted; the scratch image is gone');
    return found('delete', 'failed', 'the registry says that it deleted the scratch image, and still has it');
  });
  if (left.outcome === 'ok') return left;
  return { ...left, summary: `${left.summary}; the scratch image is still there as ${image.tag}` };
}
