/**
 * A Sigstore bundle, read: every part is there that its version asks for, nothing is verified.
 *
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
 * @module
 */
import type { JsonObject } from '@squizzle/oci-spec';
import type { Checkpoint } from './parse-checkpoint.ts';

export type BundleVersion = '0.1' | '0.2' | '0.3';

export interface InclusionProof {
  readonly logIndex: number;
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly checkpoint: Checkpoint;
}

/** With a promise, a proof or both. */
export interface LogEntry {
  /** For messages: `log entry 1`. */
  readonly name: string;
  readonly logId: Buffer;
  readonly logIndex: number;
  readonly kind: string;
  readonly version: string;
  readonly body: Buffer;
  /** Seconds since 1970. Only a promise vouches for it. */
  readonly integratedTime: number;
  /** The log's signature over the rest, called SET: a signed entry timestamp. */
  readonly promise: Buffer | null;
  readonly proof: InclusionProof | null;
}

export type BundleContent =
  | { readonly kind: 'message'; readonly algorithm: string; readonly digest: Buffer; readonly signature: Buffer }
  | { readonly kind: 'envelope'; readonly payloadType: string; readonly payload: Buffer; readonly signature: Buffer };

export type BundleKey =
  | { readonly kind: 'public-key'; readonly hint: string }
  /** `others`: what stands between the signer's certificate and the root, where the bundle brings it. */
  | { readonly kind: 'certificate'; readonly leaf: Buffer; readonly others: readonly Buffer[] };

export interface ParsedBundle {
  readonly version: BundleVersion;
  readonly content: BundleContent;
  readonly key: BundleKey;
  readonly logEntries: readonly LogEntry[];
  /** DER, each. */
  readonly timestamps: readonly Buffer[];
  /** What was read, for the library: it has no member that was not looked at. */
  readonly json: JsonObject;
}
