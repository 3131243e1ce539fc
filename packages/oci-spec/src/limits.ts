/**
 * How much of anything untrusted this package reads, in one place.
 *
 * Each is far above what real images use and far below what would hurt a process that
 * handles many requests at once.
 *
 * @module
 */
export const LIMITS = {
  /** 4 MiB: clients may expect every registry to take 4 megabytes (distribution-spec), and no more. */
  manifestBytes: 4 * 1024 * 1024,
  /** 4 MiB. A config holds histories and labels (a SQUIZZLE one the whole chain's manifests), never files. */
  configBytes: 4 * 1024 * 1024,
  /**
   * Entries of one `layers`, `manifests`, `diff_ids` or `history`. Container runtimes stop near 127 layers and a
   * fallback index lists a few referrers a release; each entry can cost its reader a request, so 10,000 is plenty.
   */
  descriptors: 10_000,
  /** Entries of one annotation or label map. Tools write a few dozen; the bytes are bounded by the document. */
  annotations: 1_000,
  /** Characters of one annotation or label key. Reverse-domain names are shorter than a DNS name's 253. */
  annotationKeyLength: 1_024,
  /** Items of any other list: `urls`, `Env`, `Cmd`, `os.features` … */
  listItems: 4_096,
  /** Objects and arrays inside one another. A manifest needs 5, a config 4; extensions get room. */
  jsonDepth: 64,
  /** Characters on each side of a media type's slash: RFC 6838 section 4.2. */
  mediaTypePartLength: 127,
  /** Characters of a repository's name, the registry's host not counted, as distribution/reference counts. */
  repositoryNameLength: 255,
  /** Characters of a registry's host and port: a DNS name of 253, a colon and five digits. */
  registryHostLength: 259,
  /** Characters of a tag: distribution-spec. */
  tagLength: 128,
} as const;
