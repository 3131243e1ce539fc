/**
 * What was signed and where it was attached, as commands show it.
 *
 * @module
 */
import type { PulledArtifact } from '@squizzle/core';
import type { AttachedStatement } from '../project/attach-statement.ts';
import type { Paint } from './paint.ts';
import { shortDigest } from './words.ts';

export interface SignatureJson {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  /** The key, or whose word the identity is. */
  readonly signer: string;
  readonly predicateType: string;
  readonly referrer: string;
  readonly stores: readonly string[];
}

export function toSignatureJson(
  { manifest, root }: Pick<PulledArtifact, 'manifest' | 'root'>,
  { predicateType, referrer, stores }: AttachedStatement,
  signer: string,
): SignatureJson {
  const { name, version } = manifest;
  return { name, version, digest: root.digest, signer, predicateType, referrer, stores };
}

/** @param done `signed`, `attested`. */
export function signatureLines(
  done: string,
  { name, version, digest, signer, referrer, stores }: SignatureJson,
  paint: Paint,
): readonly string[] {
  return [
    `${done} ${paint.bold(`${name} ${version}`)} with ${signer}`,
    digest,
    ...stores.map((store) => `attached as ${shortDigest(referrer)} in ${store}`),
  ];
}
