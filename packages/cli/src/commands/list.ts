/**
 * `squizzle list`: the releases in the store.
 *
 * @module
 */
import {
  artifactDigestOf,
  listVersions,
  pullDescriptor,
  versionTag,
  type PulledArtifact,
  type Version,
} from '@squizzle/core';
import { Command } from 'commander';
import type { ReleaseStore } from '../adapters.ts';
import type { GlobalFlags } from '../global-options.ts';
import { formatTable } from '../output/table.ts';
import { plural, shortDigest, shortTime } from '../output/words.ts';
import { examples, type CommandContext } from './command-context.ts';

interface ListedRelease {
  readonly version: Version;
  readonly digest: string;
  readonly created: string;
  readonly revision: string | null;
  readonly steps: number;
  readonly tags: readonly string[];
}

export function listCommand({ open }: CommandContext): Command {
  return new Command('list')
    .summary('list the releases in the store')
    .addHelpText('after', examples('squizzle list', 'squizzle list --json'))
    .action(async (_flags: unknown, command: Command) => {
      await using project = await open(command.optsWithGlobals<GlobalFlags>());
      const store = await project.store();
      const releases = await listReleases(store, project.signal);
      project.output.result({ store: store.description, releases }, (paint) =>
        formatTable(
          [
            { title: 'VERSION', cell: ({ version }) => version },
            { title: 'FILES', align: 'right', cell: ({ steps }) => String(steps) },
            { title: 'CREATED', cell: ({ created }) => shortTime(created) },
            { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
            { title: 'COMMIT', cell: ({ revision }) => revision?.slice(0, 12) ?? '-' },
            { title: 'TAGS', cell: ({ tags }) => tags.join(', ') },
          ],
          releases,
          paint.dim,
        ),
      );
      const count = releases.length;
      project.output.note(
        count === 0 ? `${store.description} holds no release; 'squizzle build' makes one` : plural(count, 'release'),
      );
    });
}

/** Lowest first. Releases that the one above descends from are described by its own documents: few are read. */
async function listReleases(store: ReleaseStore, signal: AbortSignal): Promise<readonly ListedRelease[]> {
  const tags = await movingTagsByDigest(store, signal);
  const listed: ListedRelease[] = [];
  let above: PulledArtifact | null = null;
  for (const version of (await listVersions(store, { signal })).toReversed()) {
    const root = await store.resolve(versionTag(version), { signal });
    if (root === undefined) continue;
    if (above === null || artifactDigestOf(above, version) !== root.digest)
      above = await pullDescriptor(root, store, { signal });
    const manifest = above.releases.find((release) => release.version === version) ?? above.manifest;
    const { created, revision, steps } = manifest;
    listed.push({
      version,
      digest: root.digest,
      created,
      revision,
      steps: steps.length,
      tags: tags.get(root.digest) ?? [],
    });
  }
  return listed.toReversed();
}

async function movingTagsByDigest(
  store: ReleaseStore,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const versions = new Set<string>((await listVersions(store, { signal })).map(versionTag));
  const found = new Map<string, string[]>();
  for await (const tag of store.tags({ signal })) {
    const digest = versions.has(tag) ? undefined : (await store.resolve(tag, { signal }))?.digest;
    if (digest !== undefined) found.set(digest, [...(found.get(digest) ?? []), tag]);
  }
  return found;
}
