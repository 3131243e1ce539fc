/**
 * Compares the sources with what earlier releases hold: released files never change, new ones are found
 * whatever their name or date.
 *
 * @module
 */
import { SquizzleError } from '../errors/squizzle-error.ts';
import { checksumOf, type Checksum } from '../model/checksum.ts';
import type { ReleaseManifest, Step } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';

/** A source file that goes into the next release, read once. */
export interface UnreleasedFile {
  readonly source: SourceFile;
  readonly bytes: Uint8Array;
  readonly rollbackBytes: Uint8Array | null;
}

interface ReleasedStep {
  readonly version: Version;
  readonly step: Step;
}

/**
 * @returns the files of the next release, in the order of the source tree.
 * @throws {SquizzleError} `HISTORY_REWRITTEN` naming file, both checksums and the release.
 */
export async function selectUnreleased(
  source: SourceTree,
  releases: readonly ReleaseManifest[],
): Promise<readonly UnreleasedFile[]> {
  const released = latestByPath(releases);
  refuseRemoved(source, released);
  const selected: UnreleasedFile[] = [];
  for (const file of source.files) {
    const known = released.get(file.path);
    const bytes = await file.read();
    const unchanged = known !== undefined && checksumOf(bytes) === known.step.checksum;
    if (known !== undefined && !unchanged && file.kind !== 'repeatable') {
      throw rewritten(file.origin, known, known.step.checksum, checksumOf(bytes), bytes);
    }
    if (unchanged) {
      await refuseChangedRollback(file, known);
      continue;
    }
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

async function refuseChangedRollback(file: SourceFile, known: ReleasedStep): Promise<void> {
  const expected = known.step.rollback?.checksum ?? null;
  const bytes = await file.rollback?.read();
  const actual = bytes === undefined ? null : checksumOf(bytes);
  if (actual === expected) return;
  throw rewritten(file.rollback?.origin ?? known.step.rollback?.path ?? file.origin, known, expected, actual, bytes);
}

function rewritten(
  path: string,
  { version }: ReleasedStep,
  expected: Checksum | null,
  actual: Checksum | null,
  bytes?: Uint8Array,
): SquizzleError<'HISTORY_REWRITTEN'> {
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
