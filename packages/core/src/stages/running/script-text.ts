/**
 * The texts a plan runs, cut out of the release's files, and where in a file a character of them is.
 *
 * @module
 */
import type { Script } from '../../contracts/database-driver.ts';
import { SquizzleError, type TextPosition } from '../../errors/squizzle-error.ts';
import type { ReleaseFiles } from '../../format/layer-reader.ts';
import type { VerifiedArtifact } from '../../model/artifact.ts';
import type { PlanSegment, PlannedRelease, ScriptPart } from '../../model/plan.ts';
import type { Version } from '../../model/version.ts';

/** Files by release, verified, in memory. */
export type LoadedFiles = ReadonlyMap<Version, ReleaseFiles>;

export function partsOf(segment: PlanSegment): readonly ScriptPart[] {
  return segment.kind === 'transaction' ? segment.parts : [segment.part];
}

/** Layers that are read and unpacked at once. */
const READERS = 8;

/** Reads and verifies every release that the plan runs files of, before anything runs. */
export async function loadFiles(
  artifact: VerifiedArtifact,
  releases: readonly PlannedRelease[],
  signal?: AbortSignal,
): Promise<LoadedFiles> {
  const versions = new Set(
    releases.flatMap((release) => release.segments.flatMap(partsOf)).map((part) => part.release),
  );
  const files = new Map<Version, ReleaseFiles>();
  const left = versions.values();
  const readOn = async (): Promise<void> => {
    for (const version of left) files.set(version, await artifact.readFiles(version, { signal }));
  };
  await Promise.all(Array.from({ length: READERS }, readOn));
  return files;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function bytesOf(part: ScriptPart, files: LoadedFiles): Uint8Array {
  const bytes = files.get(part.release)?.get(part.path);
  if (bytes !== undefined) return bytes;
  const reason = `release ${part.release} has no file ${part.path}`;
  throw new SquizzleError('ARTIFACT_INVALID', reason, { digest: null, reason });
}

export function toScript(part: ScriptPart, files: LoadedFiles): Script {
  const sql = decoder.decode(bytesOf(part, files).subarray(part.start, part.end));
  return { sql, settings: part.settings };
}

/**
 * Where the text is in its file. Looks at bytes: a file may have a hundred million of them.
 *
 * @param offset characters (code points) from the part's start.
 */
export function positionOf(part: ScriptPart, files: LoadedFiles, offset: number): TextPosition {
  const bytes = bytesOf(part, files);
  const at = skipCodePoints(bytes, part.start, offset);
  const lineStart = bytes.lastIndexOf(LINE_FEED, at - 1) + 1;
  let line = 1;
  for (let from = bytes.indexOf(LINE_FEED); from >= 0 && from < at; from = bytes.indexOf(LINE_FEED, from + 1)) line++;
  return { path: part.path, line, column: countCodePoints(bytes, lineStart, at) + 1 };
}

const LINE_FEED = 0x0a;

/** In UTF-8 every code point has one byte that is not of the form 10xxxxxx. */
const isFirstByte = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) !== 0x80;

function skipCodePoints(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let left = count; at < bytes.length && (left > 0 || !isFirstByte(bytes[at])); at++) {
    if (isFirstByte(bytes[at])) left--;
    if (left === 0 && isFirstByte(bytes[at + 1])) return at + 1;
  }
  return at;
}

export function countCodePoints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (isFirstByte(bytes[at])) count++;
  return count;
}

const EXCERPT = 160;

/** The line with the position, cut to what fits, and a caret under the column. */
export function excerptAt(part: ScriptPart, files: LoadedFiles, { line, column }: TextPosition): string {
  const bytes = bytesOf(part, files);
  let lineStart = 0;
  for (let passed = 1; passed < line; passed++) lineStart = bytes.indexOf(LINE_FEED, lineStart) + 1;
  const from = Math.max(0, column - 1 - EXCERPT / 2);
  const start = skipCodePoints(bytes, lineStart, from);
  const lineEnd = bytes.indexOf(LINE_FEED, start);
  const end = Math.min(lineEnd < 0 ? bytes.length : lineEnd, skipCodePoints(bytes, start, EXCERPT));
  const shown = new TextDecoder().decode(bytes.subarray(start, end)).replaceAll('\t', ' ');
  return `${shown}\n${' '.repeat(column - 1 - from)}^`;
}
