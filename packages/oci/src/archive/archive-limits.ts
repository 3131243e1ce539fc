/**
 * How much of an archive is read. Beyond it, reading ends with `ARCHIVE_INVALID`.
 *
 * @module
 */
export const ARCHIVE_LIMITS = {
  /** Members, headers of long names counted. A release has some ten blobs; 10,000 releases fit. */
  entries: 200_000,
  /** One header of extended attributes or a long name. */
  metadataBytes: 1024 * 1024,
  /** UTF-8 bytes of a path, and of one part of it. */
  pathBytes: 1_024,
  nameBytes: 255,
  depth: 64,
  /** Names that are held to find collisions, folders above counted. */
  namesBytes: 128 * 1024 * 1024,
  /** Zeros behind the end: tar fills its last record, whose size whoever writes may choose. */
  paddingBytes: 16 * 1024 * 1024,
  /** What a compressed archive may unpack to. */
  unpackedBytes: 64 * 1024 * 1024 * 1024,
  /** Bytes out for each byte in. SQL and JSON reach 20; deflate can reach 1,000. */
  ratio: 100,
  /** Below, no ratio counts: a tar is mostly padding when its files are small. */
  unsuspectedBytes: 1024 * 1024,
} as const;

/** What a caller may set otherwise. */
export interface UnpackLimits {
  /** Default 64 GiB. */
  readonly maxBytes?: number | undefined;
  /** Default 200,000. */
  readonly maxEntries?: number | undefined;
}
