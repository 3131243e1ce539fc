/**
 * Compares the sources with what earlier releases hold: released files never change, new ones are found
 * whatever their name or date.
 *
 * @module
 */
import type { SqlAnalyzer } from '../contracts/sql-analyzer.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { checksumOf, type Checksum } from '../model/checksum.ts';
import type { ReleaseManifest, ScriptFile, Step } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';
import { locateFault } from './locate-fault.ts';
import { assertionsChecksum, readAssertions } from './source-assertions.ts';
import type { SourceFile, SourceText, SourceTree } from './source-tree.ts';

/** A source file that goes into the next release, read once. */
export interface UnreleasedFile {
  readonly source: SourceFile;
  readonly bytes: Uint8Array;
  readonly rollbackBytes: Uint8Array | null;
}

type HistoryRewritten = SquizzleError<'HISTORY_REWRITTEN'>;

interface ReleasedStep {
  readonly version: Version;
  readonly step: Step;
}

/**
 * @param analyzer is asked only about released files that say what must be true before or after them.
 * @returns the files of the next release, in the order of the source tree.
 * @throws {SquizzleError} `HISTORY_REWRITTEN` naming file, both checksums and the release; `SOURCE_INVALID`.
 */
export async function selectUnreleased(
  source: SourceTree,
  releases: readonly ReleaseManifest[],
  analyzer: SqlAnalyzer,
): Promise<readonly UnreleasedFile[]> {
  const released = latestByPath(releases);
  refuseRemoved(source, released);
  const selected: UnreleasedFile[] = [];
  for (const file of source.files) {
    const known = released.get(file.path);
    const bytes = await file.read();
    const change = known === undefined ? undefined : await findChange(file, bytes, known, analyzer);
    if (known !== undefined && change === null) {
      await refuseChangedRollback(file, known, analyzer);
      continue;
    }
    if (change instanceof SquizzleError && file.kind !== 'repeatable') throw change;
    selected.push({ source: file, bytes, rollbackBytes: (await file.rollback?.read()) ?? null });
  }
  return selected;
}

function latestByPath(releases: readonly ReleaseManifest[]): ReadonlyMap<string, ReleasedStep> {
  const pairs = releases.flatMap(({ version, steps }) => steps.map((step) => [step.path, { version, step }] as const));
  return new Map(pairs);
}

function refuseRemoved(source: SourceTree, released: ReadonlyMap<string, ReleasedStep>): void {
  const present = new Set(source.files.map((file) => file.path));
  for (const [path, known] of released) {
    if (!present.has(path) && known.step.kind !== 'repeatable') throw rewritten(path, known, known.step.checksum, null);
  }
}

async function refuseChangedRollback(file: SourceFile, known: ReleasedStep, analyzer: SqlAnalyzer): Promise<void> {
  const released = known.step.rollback;
  const expected = released?.checksum ?? null;
  const bytes = await file.rollback?.read();
  const actual = bytes === undefined ? null : checksumOf(bytes);
  if (actual !== expected) {
    throw rewritten(file.rollback?.origin ?? released?.path ?? file.origin, known, expected, actual, bytes);
  }
  if (file.rollback === null || bytes === undefined || released === null) return;
  const change = await changedAssertions(file.rollback, bytes, known, released, analyzer);
  if (change !== null) throw change;
}

/** @returns what is wrong if the file may not change; `null` when it is as it was. */
async function findChange(
  file: SourceFile,
  bytes: Uint8Array,
  known: ReleasedStep,
  analyzer: SqlAnalyzer,
): Promise<HistoryRewritten | null> {
  const { checksum } = known.step;
  const actual = checksumOf(bytes);
  if (actual !== checksum) return rewritten(file.origin, known, checksum, actual, bytes);
  return changedAssertions(file, bytes, known, known.step, analyzer);
}

/** Sections are no part of the text that runs, so its checksum does not see them change. */
async function changedAssertions(
  source: SourceText,
  bytes: Uint8Array,
  { version }: ReleasedStep,
  released: ScriptFile,
  analyzer: SqlAnalyzer,
): Promise<HistoryRewritten | null> {
  const expected = assertionsChecksum(released);
  if (expected === null && source.check === undefined && source.verify === undefined) return null;
  const { origin: path } = source;
  const { directives } = await analyzer.analyze(bytes).catch((cause: unknown) => {
    throw locateFault(path, cause);
  });
  const actual = assertionsChecksum(await readAssertions(source, directives, analyzer));
  if (actual === expected) return null;
  const reason = `${path} was released in ${version}, with other queries to be true before and after it than it has now, or on other lines`;
  const message = `${reason}; put them back as they were: a release is never changed`;
  return new SquizzleError('HISTORY_REWRITTEN', message, { path, version, expected, actual });
}

function rewritten(
  path: string,
  { version }: ReleasedStep,
  expected: Checksum | null,
  actual: Checksum | null,
  bytes?: Uint8Array,
): HistoryRewritten {
  const message = `${describeChange(path, version, expected, actual)}; ${advice(expected, actual)}${lineEndings(expected, bytes)}`;
  return new SquizzleError('HISTORY_REWRITTEN', message, { path, version, expected, actual });
}

function describeChange(path: string, version: Version, expected: Checksum | null, actual: Checksum | null): string {
  if (actual === null) return `${path} was released in ${version} (sha256 ${expected ?? 'none'}) and is gone`;
  if (expected === null) return `${path} (sha256 ${actual}) was added to release ${version}, which had no such file`;
  return `${path} was released in ${version} with sha256 ${expected} and now has sha256 ${actual}`;
}

function advice(expected: Checksum | null, actual: Checksum | null): string {
  if (expected === null) return 'a release is never changed: take the file away, and undo the step in a new migration';
  return actual === null ? 'put it back as it was' : 'put it back as it was, and write the change as a new migration';
}

/** The most common innocent cause deserves its name. */
function lineEndings(expected: Checksum | null, bytes: Uint8Array | undefined): string {
  if (expected === null || bytes === undefined || !bytes.includes(0x0d)) return '';
  const unix = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  const same = checksumOf(Buffer.from(unix, 'latin1')) === expected;
  return same
    ? " (only its line endings changed: put '*.sql text eol=lf' in .gitattributes and check it out again)"
    : '';
}
