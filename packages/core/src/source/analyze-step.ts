/**
 * One source file to one step of the manifest: parsed and split now, so that apply needs no parser.
 *
 * @module
 */
import type { SqlAnalysis, SqlAnalyzer, SqlStatement } from '../contracts/sql-analyzer.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { checksumOf } from '../model/checksum.ts';
import type { ScriptFile, ScriptSettings, StatementRange, Step } from '../model/release-manifest.ts';
import { FORMAT_LIMITS } from '../format/limits.ts';
import { refuse } from './folder-listing.ts';
import { locateFault } from './locate-fault.ts';
import type { UnreleasedFile } from './released-files.ts';
import { readAssertions } from './source-assertions.ts';
import type { SourceText } from './source-tree.ts';

/** @throws {SquizzleError} `SOURCE_INVALID` with file, line and column. */
export async function analyzeStep(file: UnreleasedFile, analyzer: SqlAnalyzer): Promise<Step> {
  const { source, bytes, rollbackBytes } = file;
  const analysis = await analyze(source, bytes, analyzer);
  if (analysis.statements.length === 0)
    throw refuse(source.origin, 'holds no SQL statement; write one, or remove the file');
  const { rollback } = source;
  const undo = rollback === null || rollbackBytes === null ? null : await toRollback(rollback, rollbackBytes, analyzer);
  return {
    ...(await toScriptFile(source, bytes, analysis, analyzer)),
    kind: source.kind,
    environment: source.environment,
    rollback: undo,
    irreversible: analysis.directives.irreversible === 'ok',
  };
}

/** A rollback of comments alone is allowed: it says that there is nothing to undo. An empty file says nothing. */
async function toRollback(rollback: SourceText, bytes: Uint8Array, analyzer: SqlAnalyzer): Promise<ScriptFile> {
  const analysis = await analyze(rollback, bytes, analyzer);
  return toScriptFile(rollback, bytes, analysis, analyzer);
}

/** @throws {SquizzleError} `SOURCE_INVALID` with file, line and column. */
async function analyze({ origin }: SourceText, bytes: Uint8Array, analyzer: SqlAnalyzer): Promise<SqlAnalysis> {
  if (bytes.byteLength === 0) throw refuse(origin, 'is empty (0 bytes); write a statement, or remove the file');
  try {
    const analysis = await analyzer.analyze(bytes);
    refuseUnsafe(origin, analysis);
    return analysis;
  } catch (cause) {
    throw locateFault(origin, cause);
  }
}

/** What could not be resumed after an interruption, or would mean something else then. */
function refuseUnsafe(origin: string, { statements, hazards }: SqlAnalysis): void {
  const alone = statements.filter((statement) => statement.alone !== null);
  if (alone.length === 0) return;
  const unnamed = alone.find(({ alone: effect }) => effect?.kind === 'create-index' && effect.index === null);
  if (unnamed !== undefined) {
    throw refuse(origin, 'name the index: one without a name cannot be recognised after an interruption', unnamed.line);
  }
  if (hazards.includes('session-settings')) {
    const reason =
      'changes settings of the session, but its statements do not share one transaction, so the settings would not hold for all ' +
      'of them; write names with their schema, and limits as `-- squizzle: lock_timeout=…`, or move the statements that need the setting to a file of their own';
    throw refuse(origin, reason);
  }
  const { length: actual } = statements;
  if (actual <= FORMAT_LIMITS.steps) return;
  const message = `${origin}: ${actual} statements that do not share a transaction, more than the ${FORMAT_LIMITS.steps} allowed; split the file`;
  throw new SquizzleError('ARTIFACT_TOO_LARGE', message, {
    what: 'statements of a file',
    limit: FORMAT_LIMITS.steps,
    actual,
  });
}

async function toScriptFile(
  source: SourceText,
  bytes: Uint8Array,
  { statements, directives, hazards, locks = 0 }: SqlAnalysis,
  analyzer: SqlAnalyzer,
): Promise<ScriptFile> {
  const transaction = statements.every((statement) => statement.alone === null);
  return {
    path: source.path,
    checksum: checksumOf(bytes),
    sizeBytes: bytes.byteLength,
    transaction,
    statements: transaction ? [] : toRanges(statements),
    settings: toSettings(directives),
    hazards,
    ...(locks === 0 ? {} : { locks }),
    ...(await readAssertions(source, directives, analyzer)),
  };
}

/** Neighbours that may share a transaction become one range. */
function toRanges(statements: readonly SqlStatement[]): readonly StatementRange[] {
  const ranges: StatementRange[] = [];
  for (const { start, end, alone } of statements) {
    const last = ranges.at(-1);
    if (alone === null && last?.[2] === null) ranges[ranges.length - 1] = [last[0], end, null];
    else ranges.push([start, end, alone]);
  }
  return ranges;
}

function toSettings({ lockTimeoutMs, statementTimeoutMs }: SqlAnalysis['directives']): ScriptSettings {
  return {
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
    ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }),
  };
}
