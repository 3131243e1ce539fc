/**
 * `squizzle export`: releases with their signatures as one file, for places that no registry reaches.
 *
 * @module
 */
import { resolve } from 'node:path';
import { isSquizzleError, toSelector, versionTag, type PulledArtifact } from '@squizzle/core';
import { Command } from 'commander';
import type { ReleaseStore } from '../adapters.ts';
import type { GlobalFlags } from '../global-options.ts';
import { formatBytes, plural, shortDigest } from '../output/words.ts';
import { pullFrom } from '../project/find-release.ts';
import type { Project } from '../project/project.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { examples, type CommandContext } from './command-context.ts';

interface ExportFlags extends GlobalFlags, FindFlags {
  readonly output: string;
  readonly force?: true;
}

export function exportCommand({ open }: CommandContext): Command {
  const command = new Command('export')
    .summary('write releases to a file')
    .description(
      "Write releases, with their signatures, to one tar file: an OCI image layout that skopeo and podman read, too. They come from the project's own store when it has them all, else from the remote one. 'squizzle import' reads the file.",
    )
    .argument('<selectors...>', 'versions, tags, ranges, digests or commits')
    .requiredOption('-o, --output <file>', 'the file to write')
    .option('--force', 'replace a file that is there');
  return addFindOptions(command)
    .addHelpText(
      'after',
      examples('squizzle export 1.2.0 -o shop-1.2.0.tar', 'squizzle export 1.1.0 1.2.0 -o shop.tar'),
    )
    .action(async (selectors: readonly string[], _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<ExportFlags>();
      await using project = await open(flags);
      const { output, environment, cwd, signal } = project;
      const { from, artifacts } = await findAll(selectors, flags, project);
      const { exportArchive } = await environment.adapters.loadOciTools();
      const roots = artifacts.map(({ root, manifest }) => ({ descriptor: root, tags: [versionTag(manifest.version)] }));
      const path = resolve(cwd, flags.output);
      const existing = flags.force === true ? 'replace' : 'refuse';
      const onBlob = ({ digest }: { readonly digest: string }): void => output.busy(`${shortDigest(digest)} written`);
      const written = await exportArchive({ roots, from, path, existing, signal, onBlob });
      const releases = artifacts.map(({ root, manifest }) => ({ version: manifest.version, digest: root.digest }));
      output.result({ path, from: from.description, releases, ...written }, () => [
        `wrote ${releases.map(({ version }) => version).join(', ')} to ${flags.output} (${plural(written.blobs, 'blob')}, ${formatBytes(written.sizeBytes)})`,
        ...releases.map(({ digest }) => digest),
      ]);
    });
}

interface Found {
  readonly from: ReleaseStore;
  readonly artifacts: readonly PulledArtifact[];
}

/** All from one store: an archive is read from one. */
async function findAll(selectors: readonly string[], { from }: FindFlags, project: Project): Promise<Found> {
  if (from !== undefined) return findIn(await project.storeAt(from, '--from'), selectors, project);
  const own = await project.store();
  try {
    return await findIn(own, selectors, project);
  } catch (cause) {
    const remote = isSquizzleError(cause, 'ARTIFACT_NOT_FOUND') ? await project.findRemote() : undefined;
    if (remote === undefined) throw cause;
    return findIn(remote, selectors, project);
  }
}

async function findIn(from: ReleaseStore, selectors: readonly string[], project: Project): Promise<Found> {
  const found = new Map<string, PulledArtifact>();
  for (const selector of selectors) {
    const artifact = await pullFrom(toSelector(selector), from, project);
    found.set(artifact.root.digest, artifact);
  }
  return { from, artifacts: [...found.values()] };
}
