/**
 * Repositories in the order of their names' bytes, found by walking the folders, which are in another order:
 * `a-b` and `a.b` come before `a/b`, because `-` and `.` come before `/`.
 *
 * So each folder stands twice among its siblings: as `a` for itself, and as `a/` for what is below it.
 *
 * @module
 */
import { parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import { ifThere, type FileSystem } from './file-system.ts';
import { REPOSITORY_MARKERS, type Layout } from './layout.ts';

/**
 * All repositories whose names come after `after`. Reads a folder only when the walk gets to it, and never one that
 * holds no later name.
 */
export async function* walkRepositories(
  fs: FileSystem,
  layout: Layout,
  after: string,
): AsyncGenerator<RepositoryName, void, undefined> {
  const namesIn = async (path: string): Promise<readonly string[]> =>
    (await ifThere(fs.readdir(`${layout.repositories}/${path}`))) ?? [];

  /** @param prefix - empty, or a repository's name and a slash. */
  async function* below(prefix: string, entries: readonly string[]): AsyncGenerator<RepositoryName, void, undefined> {
    /** Of the folders whose own turn has come, and that of what is below them has not. */
    const entriesOf = new Map<string, readonly string[]>();
    for (const step of entries.flatMap((entry) => [entry, `${entry}/`]).sort()) {
      const entry = step.replace('/', '');
      const name = parseRepositoryName(`${prefix}${entry}`);
      if (name === undefined) continue;
      if (step === entry) {
        if (name <= after) continue;
        const inside = await namesIn(name);
        if (inside.some((each) => REPOSITORY_MARKERS.includes(each))) yield name;
        if (inside.some((each) => !each.startsWith('_'))) entriesOf.set(entry, inside);
      } else if (name > after) {
        yield* below(`${name}/`, entriesOf.get(entry) ?? []);
        entriesOf.delete(entry);
      } else if (`${name}/` > after || after.startsWith(`${name}/`)) {
        yield* below(`${name}/`, await namesIn(name));
      }
    }
  }

  yield* below('', await namesIn(''));
}
