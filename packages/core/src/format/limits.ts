/**
 * How much of an artifact this package reads and writes. Beyond it, building refuses with the figure.
 *
 * @module
 */
export const FORMAT_LIMITS = {
  /** One source file. A string of V8 ends at 512 MiB; a file this large is loaded whole. */
  fileBytes: 128 * 1024 * 1024,
  /** All files of one release. */
  releaseBytes: 512 * 1024 * 1024,
  /** One layer as stored. */
  layerBytes: 512 * 1024 * 1024,
  /** Files of one release, rollbacks not counted. */
  steps: 20_000,
  /** Releases of one chain: an image manifest of 4 MiB lists no more layers. */
  releases: 5_000,
  /** UTF-8 bytes of a path inside the release's folder. */
  pathBytes: 1_024,
  notesLength: 65_536,
  /** Queries that must be true before a file, and as many after it. */
  assertions: 64,
  /** Characters of one of them: all releases' travel in one image config. */
  assertionLength: 4_096,
  /** Characters of a name, author or URL. */
  textLength: 2_048,
} as const;
