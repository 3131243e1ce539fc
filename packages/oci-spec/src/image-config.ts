/**
 * The image config: what the layers unpack to, how they came about, and labels.
 *
 * Read it only when the manifest's config media type says it is one; any other config is just bytes.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 * @module
 */
import { readContainerConfig, type ContainerConfig } from './container-config.ts';
import type { Digest } from './digest.ts';
import {
  member,
  optional,
  present,
  readBoolean,
  readDigest,
  readList,
  readNullableList,
  readString,
  readTimestamp,
  refuse,
  type Field,
} from './json-field.ts';
import { LIMITS } from './limits.ts';
import { parseJsonField } from './parse-json-object.ts';
import { readPlatform, type Platform } from './platform.ts';

export interface ImageConfig extends Platform {
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly config?: ContainerConfig;
  readonly rootfs: RootFilesystem;
  /** Oldest first; empty where the document has none. */
  readonly history: readonly HistoryEntry[];
}

export interface RootFilesystem {
  readonly type: 'layers';
  /** Digests of the layers before compression, base first. */
  readonly diff_ids: readonly Digest[];
}

export interface HistoryEntry {
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly created_by?: string;
  readonly comment?: string;
  /** The step made no layer. */
  readonly empty_layer?: boolean;
}

/**
 * Parses an image config, OCI's or Docker's.
 *
 * @throws {ContentError} `TOO_LARGE` above 4 MiB; `MANIFEST_INVALID` with path, expected and found.
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const root = parseJsonField(bytes, { maxBytes: LIMITS.configBytes, what: 'image config' });
  return present({
    ...readPlatform(root),
    created: optional(member(root, 'created'), readTimestamp),
    author: optional(member(root, 'author'), readString),
    config: optional(member(root, 'config'), readContainerConfig),
    rootfs: readRootFilesystem(member(root, 'rootfs')),
    history: optional(member(root, 'history'), readHistory) ?? [],
  });
}

function readRootFilesystem(field: Field): RootFilesystem {
  const type = member(field, 'type');
  if (type.value !== 'layers') refuse(type, '"layers"');
  return { type: 'layers', diff_ids: readNullableList(member(field, 'diff_ids'), readDigest, LIMITS.descriptors) };
}

function readHistory(field: Field): readonly HistoryEntry[] {
  return readList(field, readHistoryEntry, LIMITS.descriptors);
}

function readHistoryEntry(field: Field): HistoryEntry {
  return present({
    created: optional(member(field, 'created'), readTimestamp),
    author: optional(member(field, 'author'), readString),
    created_by: optional(member(field, 'created_by'), readString),
    comment: optional(member(field, 'comment'), readString),
    empty_layer: optional(member(field, 'empty_layer'), readBoolean),
  });
}
