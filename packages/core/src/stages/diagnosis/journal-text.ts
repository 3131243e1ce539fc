/**
 * Compares the journal with the text of the releases, cut into segments by the same rules as when they ran.
 *
 * @module
 */
import { isSquizzleError } from '../../errors/squizzle-error.ts';
import type { ReleaseFiles } from '../../format/layer-reader.ts';
import { artifactDigestOf, type PulledArtifact } from '../../model/artifact.ts';
import type { JournalEntry } from '../../model/history.ts';
import type { PlanSegment } from '../../model/plan.ts';
import type { Version } from '../../model/version.ts';
import { segmentsForward } from '../plan.ts';
import { segmentsBack } from '../rollback.ts';
import { toEntry } from '../running/journal-proof.ts';
import { partsOf } from '../running/script-text.ts';
import type { Facts } from './facts.ts';
import type { JournaledRun } from './journaled-runs.ts';
import { fault, note, type ToldFinding } from './told-finding.ts';

/** Runs of releases that the artifact has under another digest, or not at all, are the business of another check. */
export async function compareWithText(
  runs: readonly JournaledRun[],
  { artifact, signal }: Facts,
): Promise<readonly ToldFinding[]> {
  if (artifact === null) return [];
  const own = runs.filter(({ started }) => artifactDigestOf(artifact, started.version) === started.artifactDigest);
  const planned = own.flatMap((run) => segmentsOf(run, artifact).map((segments) => ({ run, segments })));
  const versions = planned.flatMap(({ segments }) => segments.flatMap(partsOf).map(({ release }) => release));
  const files = await readAll(new Set(versions), artifact, signal);
  if (files instanceof Error) return [note(`texts of the releases are not compared: ${files.message}`)];
  return planned.flatMap(({ run, segments }) => compareRun(run, segments, files));
}

/** None where the ledger does not say what a run took back. */
function segmentsOf(run: JournaledRun, { releases }: PulledArtifact): readonly (readonly PlanSegment[])[] {
  const { version, environment, details } = run.started;
  const scope = details['transaction'] === 'step' ? 'step' : 'release';
  if (run.direction === 'down') {
    return run.undone === null ? [] : [segmentsBack(releases, run.undone, environment, scope)];
  }
  const manifest = releases.find((release) => release.version === version);
  return manifest === undefined ? [] : [segmentsForward(manifest, environment, scope)];
}

/** A store that does not answer is no fault of the database. */
async function readAll(
  versions: ReadonlySet<Version>,
  artifact: PulledArtifact,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Version, ReleaseFiles> | Error> {
  const files = new Map<Version, ReleaseFiles>();
  try {
    for (const version of versions) files.set(version, await artifact.readFiles(version, { signal }));
    return files;
  } catch (cause) {
    const isStopped = signal?.aborted === true || isSquizzleError(cause, 'CANCELLED');
    if (isStopped || !(cause instanceof Error)) throw cause;
    return cause;
  }
}

function compareRun(
  { started, entries, segments: begun }: JournaledRun,
  segments: readonly PlanSegment[],
  files: ReadonlyMap<Version, ReleaseFiles>,
): readonly ToldFinding[] {
  const what = `the run of ${started.version} that event ${started.seq} began`;
  if (begun !== null && begun !== segments.length) {
    return [fault(`${what} had ${begun} segments, but the artifact's text makes ${segments.length}`, REMEDY)];
  }
  const other = entries.find((entry) => {
    const segment = segments[entry.segment];
    return segment === undefined || !isSame(entry, toEntry(entry.segment, segment, entry.startedSeq, files));
  });
  if (other === undefined) return [];
  return [
    fault(
      `${what} journaled another text for segment ${other.segment + 1} (${other.path}) than the artifact has`,
      REMEDY,
    ),
  ];
}

const REMEDY = 'the journal was changed by hand, or the artifact is not the one that ran: compare both with a backup';

const isSame = (a: JournalEntry, b: JournalEntry): boolean =>
  a.checksum === b.checksum && a.path === b.path && a.start === b.start && a.end === b.end;
