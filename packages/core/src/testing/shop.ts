/**
 * A chain of releases of a small shop, built and published into a memory store: what most stage tests begin with.
 *
 * @module
 */
import type { ContentStore, DeletableStore, ImmutableTagStore } from '../contracts/content-store.ts';
import type { PulledArtifact, VerifiedArtifact } from '../model/artifact.ts';
import { parseVersion, type Version } from '../model/version.ts';
import { buildArtifact, type BuildOptions } from '../stages/build.ts';
import { publishArtifact } from '../stages/publish.ts';
import { pullArtifact } from '../stages/pull.ts';
import { verifyArtifact, type TrustPolicy } from '../stages/verify.ts';
import { createMemoryContentStore } from './memory-content-store.ts';
import { createSourceTree, createStatementAnalyzer } from './release-builder.ts';

export type TestStore = ContentStore & ImmutableTagStore & DeletableStore;

export const UNSIGNED: TrustPolicy = { unsigned: { allowed: true, reason: 'a test' } };

/** @throws {RangeError} for what is no version: tests say what they mean. */
export function version(text: string): Version {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new RangeError(`not a version: ${text}`);
  return parsed;
}

export const buildOptions = (text: string, overrides: Partial<BuildOptions> = {}): BuildOptions => ({
  name: 'shop',
  version: version(text),
  created: new Date('2026-01-02T03:04:05Z'),
  analyzer: createStatementAnalyzer(),
  ...overrides,
});

/** Builds each release with the files of all before it, and publishes it. @returns the last one. */
export async function publishChain(
  releases: Readonly<Record<string, Readonly<Record<string, string>>>>,
  store: TestStore = createMemoryContentStore(),
): Promise<PulledArtifact> {
  const texts: Record<string, string> = {};
  let previous: PulledArtifact | null = null;
  for (const [text, added] of Object.entries(releases)) {
    Object.assign(texts, added);
    const built = await buildArtifact(
      createSourceTree({ ...texts }),
      previous,
      buildOptions(text, { allowEmpty: true }),
    );
    await publishArtifact(built, store);
    previous = await pullArtifact({ kind: 'version', version: version(text) }, store);
  }
  if (previous === null) throw new RangeError('a chain has at least one release');
  return previous;
}

export async function verifiedChain(
  releases: Parameters<typeof publishChain>[0],
  store?: TestStore,
): Promise<VerifiedArtifact> {
  return verifyArtifact(await publishChain(releases, store), UNSIGNED);
}
