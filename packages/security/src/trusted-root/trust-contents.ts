/**
 * What is in a trusted root, in the library's form: made once for each root and kept beside it, so that no type of the
 * library is in our API.
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto';
import type { TrustMaterial } from '@sigstore/verify';
import type { TrustedRoot } from './trusted-root.ts';

export interface TrustContents {
  readonly material: TrustMaterial;
  /** Of all certificate authorities, with those between. */
  readonly authorities: readonly X509Certificate[];
  /** In the order of `material.timestampAuthorities`: the certificates of each, the one that signs first. */
  readonly timestampChains: readonly (readonly X509Certificate[])[];
}

const contentsByRoot = new WeakMap<TrustedRoot, TrustContents>();

export function keepContents(root: TrustedRoot, contents: TrustContents): void {
  contentsByRoot.set(root, contents);
}

/** @throws {RangeError} for a root that `parseTrustedRoot` of this package did not make. */
export function contentsOfRoot(root: TrustedRoot): TrustContents {
  const contents = contentsByRoot.get(root);
  if (contents === undefined) throw new RangeError('a TrustedRoot must come from parseTrustedRoot');
  return contents;
}
