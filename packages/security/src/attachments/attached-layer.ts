/**
 * A layer that may hold a signature, where it was found and how it is read.
 *
 * @module
 */
import type { Descriptor } from '@squizzle/oci-spec';
import type { PassedOver } from './found-bundle.ts';

export interface AttachedLayer {
  /** What names it, for people. */
  readonly source: string;
  /** `bundle`: a Sigstore bundle. The others are cosign's older forms, read together with the layer's annotations. */
  readonly kind: 'bundle' | 'simple-signing' | 'envelope';
  readonly descriptor: Descriptor;
}

/** Of one place: the referrers, or what one tag names. */
export interface AttachedLayers {
  readonly layers: readonly AttachedLayer[];
  readonly passedOver: readonly PassedOver[];
}

/** Leaves out what is beyond the limit, and says so: see `discoverBundles`. */
export function withinLimit({ layers, passedOver }: AttachedLayers, place: string, limit: number): AttachedLayers {
  if (layers.length <= limit) return { layers, passedOver };
  return { layers: layers.slice(0, limit), passedOver: [...passedOver, beyondLimit(place, layers.length, limit)] };
}

export function beyondLimit(place: string, found: number, limit: number): PassedOver {
  const reason = `${found} were found and only ${limit} are looked at (limits.referrers): one that counts may be among the others; delete those that nobody needs, or raise the limit`;
  return { source: place, code: 'BUNDLE_TOO_LARGE', reason, beyondLimit: true };
}
