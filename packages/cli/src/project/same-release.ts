/**
 * Whether a release was made of the same sources as another.
 *
 * Its layer does not say: queries to be true before and after a file, and settings, travel beside it. What only the
 * build's own reading of the SQL decides is not compared (hazards, locks, how statements are divided): a later version
 * of SQUIZZLE may read the same text otherwise.
 *
 * @module
 */
import type { ReleaseManifest, ScriptFile } from '@squizzle/core';
import { canonicalJson } from '@squizzle/oci-spec';

export function isSameRelease(a: ReleaseManifest, b: ReleaseManifest): boolean {
  return a.checksum === b.checksum && canonicalJson(sourcesOf(a)) === canonicalJson(sourcesOf(b));
}

function sourcesOf({ steps }: ReleaseManifest) {
  return steps.map(({ kind, environment, irreversible, rollback, ...file }) => {
    return {
      kind,
      environment,
      irreversible,
      ...sourceOf(file),
      rollback: rollback === null ? null : sourceOf(rollback),
    };
  });
}

function sourceOf({ path, checksum, settings, checks = [], verifies = [] }: ScriptFile) {
  return { path, checksum, settings, checks, verifies };
}
