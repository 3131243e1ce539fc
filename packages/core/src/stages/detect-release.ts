/**
 * Finds the release that leads to the schema a database has. Schemas are the same when their digests are: nothing is
 * guessed from likeness, which only helps a person who looks for the reason.
 *
 * Releases that change data alone lead to the schema of the one before. To take one for the other would run data
 * changes twice, or never, so the answer is one release or none.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { artifactDigestOf, type PulledArtifact } from '../model/artifact.ts';
import type { History } from '../model/history.ts';
import { compareSnapshots, schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import { compareVersions, type Version } from '../model/version.ts';

/** The schema that a release leads to, and who says so. */
export interface SchemaCandidate {
  readonly version: Version;
  /** Of the schema. */
  readonly digest: Digest;
  /** `declared`: by its build · `recorded`: by the ledger of another database · `rehearsed`: seen on a scratch database. */
  readonly source: 'declared' | 'recorded' | 'rehearsed';
  /** `null`: only the digest is known. */
  readonly snapshot: SchemaSnapshot | null;
}

/** What builds declared, oldest first. */
export function declaredSchemas(artifact: PulledArtifact): readonly SchemaCandidate[] {
  return artifact.releases.flatMap(({ version, schemaDigest: digest }) =>
    digest === undefined ? [] : [{ version, digest, source: 'declared' as const, snapshot: null }],
  );
}

/**
 * What another database recorded when a release of the artifact's chain reached it. Releases that it has under another
 * digest are left out, and what it recorded when it went back: rollbacks may leave something behind; and all from
 * where its schema had drifted, since what somebody changed by hand is in every schema after that.
 */
export function recordedSchemas(history: History, artifact: PulledArtifact): readonly SchemaCandidate[] {
  const drifted = history.events.findIndex(({ details }) => details['driftedFrom'] !== undefined);
  const sound = drifted < 0 ? history.events : history.events.slice(0, drifted);
  return sound.flatMap((event) => {
    const { version, schemaDigest: digest } = event;
    const isReached = event.event === 'applied' || event.event === 'baselined';
    if (!isReached || digest === null || artifactDigestOf(artifact, version) !== event.artifactDigest) return [];
    return [{ version, digest, source: 'recorded' as const, snapshot: null }];
  });
}

/** What scratch databases showed. */
export function rehearsedSchemas(snapshots: ReadonlyMap<Version, SchemaSnapshot>): readonly SchemaCandidate[] {
  return [...snapshots].map(([version, snapshot]) => {
    return { version, digest: schemaDigest(snapshot), source: 'rehearsed' as const, snapshot };
  });
}

/**
 * The one release whose schema is the live one. It counts only where the schemas of all others are known not to be: those
 * of newer releases and of older ones.
 *
 * @param versions all releases that come into question.
 * @param candidates what is known of them; of several that say the same of a release the first is given back.
 * @throws {SquizzleError} `SCHEMA_UNKNOWN` where none fits, naming the nearest; where several do, naming them; where one
 *   does, and of others nothing is known.
 */
export function detectRelease(
  live: SchemaSnapshot,
  versions: readonly Version[],
  candidates: readonly SchemaCandidate[],
): SchemaCandidate {
  const digest = schemaDigest(live);
  const matches = candidates.filter((candidate) => candidate.digest === digest);
  const known = new Set(candidates.map(({ version }) => version));
  const fitting = [...new Set(matches.map(({ version }) => version))].toSorted(compareVersions);
  const unknown = versions.filter((version) => !known.has(version));
  const [found] = matches;
  if (found !== undefined && fitting.length === 1 && unknown.length === 0) return found;
  const newestFirst = candidates.toSorted((a, b) => compareVersions(b.version, a.version));
  throw unknownSchema(digest, { compared: compareAll(live, newestFirst), fitting, unknown });
}

interface Compared {
  readonly version: Version;
  readonly differences: number | null;
}

/** One line a release: the count where any of its candidates has one. */
function compareAll(live: SchemaSnapshot, candidates: readonly SchemaCandidate[]): readonly Compared[] {
  const counts = new Map<Version, number | null>();
  for (const { version, snapshot } of candidates) {
    const before = counts.get(version) ?? null;
    const count = snapshot === null ? null : compareSnapshots(snapshot, live).length;
    counts.set(version, before === null || (count !== null && count < before) ? count : before);
  }
  return [...counts].map(([version, differences]) => ({ version, differences }));
}

interface Outcome {
  readonly compared: readonly Compared[];
  readonly fitting: readonly Version[];
  readonly unknown: readonly Version[];
}

function unknownSchema(digest: Digest, outcome: Outcome): SquizzleError<'SCHEMA_UNKNOWN'> {
  return new SquizzleError('SCHEMA_UNKNOWN', describe(outcome), { schemaDigest: digest, ...outcome });
}

function describe({ compared, fitting, unknown }: Outcome): string {
  const [only] = fitting;
  if (only === undefined)
    return `${describeNone(compared)}; mend the difference, or name the release yourself: 'squizzle baseline <version>'`;
  if (fitting.length > 1) {
    return `${enumerate(fitting)} lead to this schema, as releases do that change data alone; look which of them the data is at, and say it: 'squizzle baseline <version>'`;
  }
  const [lead, they] = unknown.length === 1 ? ['leads', 'it'] : ['lead', 'they'];
  return `${only} leads to this schema, but where ${enumerate(unknown)} ${lead} is not known, and ${they} may lead to the same; let a scratch database show it, or declare schemas when building (--declare-schema), or name the release yourself: 'squizzle baseline <version>'`;
}

/** More are counted: a chain has thousands. */
const SHOWN = 10;

function enumerate(versions: readonly Version[]): string {
  const shown = versions.slice(0, SHOWN);
  const more = versions.length - shown.length;
  const items = more === 0 ? shown : [...shown, `${more} more`];
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

function describeNone(compared: readonly Compared[]): string {
  if (compared.length === 0) {
    return 'of no release is the schema known, so none can be recognised: declare it when building (--declare-schema), or give a scratch database (--scratch)';
  }
  const none = `none of ${compared.length} ${compared.length === 1 ? 'release' : 'releases'} leads to the schema of this database`;
  const nearest = compared.reduce<Compared | null>((best, each) => {
    if (each.differences === null) return best;
    return best?.differences == null || each.differences < best.differences ? each : best;
  }, null);
  if (nearest === null) return `${none}; how near it comes, a scratch database would show (--scratch)`;
  const objects = nearest.differences === 1 ? '1 object differs' : `${nearest.differences} objects differ`;
  return `${none}; nearest is ${nearest.version}, from which ${objects} ('squizzle diff' and 'squizzle compare' show such differences)`;
}
