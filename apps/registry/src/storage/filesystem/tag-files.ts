/**
 * Tags: a file for each, with the digest that the tag names. Moved by renaming another file over it.
 *
 * @module
 */
import { parseDigest, parseTag, type Digest, type RepositoryName, type Tag } from '@squizzle/oci-spec';
import type { StorageFiles } from './storage-files.ts';
import type { StagedFile } from './staged-file.ts';
import { ifThere } from './file-system.ts';
import { createLineCache } from './line-cache.ts';
import { createSemaphore } from './semaphore.ts';
import { lineFile } from './small-files.ts';
import { damaged, isDamaged } from './storage-error.ts';

export interface TagFiles {
  /** @throws {StorageError} `DAMAGED` when the file does not hold a digest. */
  read(repository: RepositoryName, tag: Tag): Promise<Digest | undefined>;
  /** Sorted by their bytes. None for a repository that does not exist. */
  list(repository: RepositoryName): Promise<readonly Tag[]>;
  /** The tags that name the manifest. Reads every tag of the repository. */
  naming(repository: RepositoryName, digest: Digest): Promise<readonly Tag[]>;
  content(digest: Digest): Uint8Array;
  /** Makes what `move` and `claim` need. */
  prepare(repository: RepositoryName): Promise<void>;
  /** Not durable before `flush`, as the following ones. */
  move(repository: RepositoryName, tag: Tag, staged: StagedFile): Promise<void>;
  /** `false` when the tag is there already, whoever set it. */
  claim(repository: RepositoryName, tag: Tag, staged: StagedFile): Promise<boolean>;
  remove(repository: RepositoryName, tag: Tag): Promise<boolean>;
  flush(repository: RepositoryName): Promise<void>;
  forgetAll(): void;
}

/** The longest digest and a newline. */
const MAX_BYTES = 'sha512:'.length + 128 + 1;
/** Some 500 bytes each. */
const CACHED = 2_000;
/** Tags read at once when all of a repository are. */
const READS_AT_ONCE = 16;

export function createTagFiles({ fs, layout, folders }: StorageFiles, now: () => number): TagFiles {
  const reads = createSemaphore(READS_AT_ONCE);
  const lines = createLineCache(fs, { maxBytes: MAX_BYTES, room: CACHED, parse: parseTagLine, now });

  async function read(repository: RepositoryName, tag: Tag): Promise<Digest | undefined> {
    return (await lines.read(layout.tag(repository, tag)))?.digest;
  }

  async function list(repository: RepositoryName): Promise<readonly Tag[]> {
    const entries = (await ifThere(fs.readdir(layout.tags(repository)))) ?? [];
    return entries
      .map(parseTag)
      .filter((tag) => tag !== undefined)
      .sort();
  }

  async function names(repository: RepositoryName, tag: Tag, digest: Digest): Promise<boolean> {
    try {
      return (await read(repository, tag)) === digest;
    } catch (thrown) {
      if (isDamaged(thrown)) return false;
      throw thrown;
    }
  }

  return {
    read,
    list,
    async naming(repository, digest) {
      const tags = await list(repository);
      const naming = await Promise.all(tags.map(async (tag) => reads.run(async () => names(repository, tag, digest))));
      return tags.filter((_, at) => naming[at]);
    },
    content: lineFile,
    prepare: async (repository) => folders.ensure(layout.tags(repository)),
    move: async (repository, tag, staged) => staged.moveTo(layout.tag(repository, tag)),
    claim: async (repository, tag, staged) => staged.claim(layout.tag(repository, tag)),
    remove: async (repository, tag) =>
      (await ifThere(fs.unlink(layout.tag(repository, tag)).then(() => true))) ?? false,
    flush: async (repository) => folders.flush(layout.tags(repository)),
    forgetAll: lines.forgetAll,
  };
}

function parseTagLine(path: string, line: string): { readonly digest: Digest } {
  const digest = parseDigest(line);
  if (digest === undefined) throw damaged(path, 'expected a digest, found something else');
  return { digest };
}
