/**
 * Cuts what a release runs into segments: parts that commit together, and statements that run alone.
 *
 * @module
 */
import type { StatementEffect } from '../contracts/sql-analyzer.ts';
import type { PlanSegment, ScriptPart, TransactionScope } from '../model/plan.ts';
import type { ScriptFile, StatementRange, StepKind } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';

/** A part and how it runs: `null` may share a transaction with its neighbours. */
export interface PlannedPart {
  readonly part: ScriptPart;
  readonly effect: StatementRange[2];
}

/**
 * The parts of one file, in order. The first has what must be true before the file runs, the last what must be true
 * afterwards, and the first that runs in a transaction the locks that the file takes: a statement alone holds few. A file of comments alone has no part that matters, but runs all the same.
 */
export function partsOfStep(release: Version, file: ScriptFile, kind: StepKind): readonly PlannedPart[] {
  const { path, settings, sizeBytes, checks = [], verifies = [], locks = 0 } = file;
  const ranges: readonly StatementRange[] = file.transaction ? [[0, sizeBytes, null]] : file.statements;
  const locking = ranges.findIndex(([, , effect]) => isInTransaction(effect));
  return ranges.map(([start, end, effect], index) => {
    const [isFirst, isLast] = [index === 0, index === ranges.length - 1];
    const place = { release, path, kind, start, end, settings };
    const part: ScriptPart = {
      ...place,
      checks: isFirst ? checks : [],
      verifies: isLast ? verifies : [],
      locks: index === locking ? locks : 0,
    };
    return { part, effect };
  });
}

function isInTransaction(
  effect: StatementRange[2],
): effect is null | Extract<StatementEffect, { kind: 'own-transaction' }> {
  return effect === null || effect.kind === 'own-transaction';
}

/** @param groups the parts of each step. With scope `step`, steps never share a transaction. */
export function cutSegments(
  groups: readonly (readonly PlannedPart[])[],
  scope: TransactionScope,
): readonly PlanSegment[] {
  const segments: PlanSegment[] = [];
  let open: ScriptPart[] = [];
  const close = (): void => {
    if (open.length > 0) segments.push({ kind: 'transaction', parts: open });
    open = [];
  };
  for (const group of groups) {
    if (scope === 'step') close();
    for (const { part, effect } of group) {
      if (effect === null) {
        open.push(part);
        continue;
      }
      close();
      segments.push(
        isInTransaction(effect) ? { kind: 'transaction', parts: [part] } : { kind: 'statement', part, effect },
      );
    }
  }
  close();
  return segments;
}
