/**
 * Whether a release may follow what the database has: an old one, validly signed once, may be put in the place of a new
 * one by whoever holds the registry.
 *
 * @module
 */
import { compareVersions } from '@squizzle/core';
import type { RequirementVerdict } from './decision.ts';
import type { ArtifactFacts, ReleaseFacts } from './policy-input.ts';
import type { AntiRollback } from './trust-policy.ts';

type Applied = readonly ReleaseFacts[] | null;

export function judgeRelease(
  artifact: ArtifactFacts,
  applied: Applied,
  { increasing, chain }: AntiRollback,
): readonly RequirementVerdict[] {
  return [
    ...(increasing
      ? [judge('a version that is not older than the database', applied, () => versionFault(artifact, applied))]
      : []),
    ...(chain
      ? [judge('a chain that has the releases of the database', applied, () => chainFault(artifact, applied))]
      : []),
  ];
}

function judge(what: string, applied: Applied, findFault: () => string | undefined): RequirementVerdict {
  const current = applied?.at(-1);
  // Nothing is asked of a release that is looked at without a database; `apply` always has one.
  if (applied === null) return { what, met: true, reason: 'not asked: no database at hand' };
  if (current === undefined) return { what, met: true, reason: 'the database has no release' };
  const fault = findFault();
  return { what, met: fault === undefined, reason: fault ?? `the database has ${current.version}` };
}

function versionFault({ version, digest }: ReleaseFacts, applied: Applied): string | undefined {
  const current = applied?.at(-1);
  if (current === undefined) return undefined;
  const order = compareVersions(version, current.version);
  if (order < 0) return `${version} is older than ${current.version}, which the database has`;
  if (order > 0 || digest === current.digest) return undefined;
  return `the database has ${current.version} as ${current.digest}, and this is ${digest}`;
}

function chainFault({ version, chain }: ArtifactFacts, applied: Applied): string | undefined {
  for (const release of applied ?? []) {
    const own = chain.find((each) => each.version === release.version);
    if (own === undefined) return `the database has ${release.version}, from which ${version} does not descend`;
    if (own.digest !== release.digest) {
      return `the database has ${release.version} as ${release.digest}, and ${version} descends from ${own.digest}`;
    }
  }
  return undefined;
}
