/**
 * The texts a plan runs, cut out of the release's files, and where in a file a character of them is.
 *
 * @module
 */
import type { Script } from '../contracts/database-driver.ts';
import { SquizzleError, type TextPosition } from '../errors/squizzle-error.ts';
import type { ReleaseFiles } from '../format/layer-reader.ts';
import type { VerifiedArtifact } from '../model/artifact.ts';
import type { PlanSegment, PlannedRelease, ScriptPart } from '../model/plan.ts';
import type { Version } from '../model/version.ts';

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
  return { sql, settings: part.settings, changesSession: part.changesSession };
}

/**
 * Where the text is in its file.
 *
 * @param offset characters (code points) from the part's start.
 */
export function positionOf(part: ScriptPart, files: LoadedFiles, offset: number): TextPosition {
  const bytes = bytesOf(part, files);
  const text = decoder.decode(bytes.subarray(part.start, part.end));
  const before = decoder.decode(bytes.subarray(0, part.start)) + Array.from(text).slice(0, offset).join('');
  const lines = before.split('\n');
  return { path: part.path, line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 };
}

const EXCERPT = 160;

/** The line with the position, cut to what fits, and a caret under the column. */
export function excerptAt(part: ScriptPart, files: LoadedFiles, { line, column }: TextPosition): string {
  const text = Array.from(decoder.decode(bytesOf(part, files)).split('\n', line)[line - 1] ?? '');
  const from = Math.max(0, column - 1 - EXCERPT / 2);
  const shown = text.slice(from, from + EXCERPT).map((each) => (each === '\t' ? ' ' : each));
  return `${shown.join('')}\n${' '.repeat(column - 1 - from)}^`;
}
