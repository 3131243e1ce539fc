/**
 * Cuts what a release runs into segments: parts that commit together, and statements that run alone.
 *
 * @module
 */
import type { PlanSegment, ScriptPart, TransactionScope } from '../model/plan.ts';
import type { ScriptFile, StatementRange, StepKind } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';

/** A part and how it runs: `null` may share a transaction with its neighbours. */
export interface PlannedPart {
  readonly part: ScriptPart;
  readonly effect: StatementRange[2];
}

/** The parts of one file, in order. A file of comments alone has none that matter, but runs all the same. */
export function partsOfStep(release: Version, file: ScriptFile, kind: StepKind): readonly PlannedPart[] {
  const { path, settings, sizeBytes } = file;
  const shared = { release, path, kind, settings };
  if (file.transaction) return [{ part: { ...shared, start: 0, end: sizeBytes }, effect: null }];
  return file.statements.map(([start, end, effect]) => ({ part: { ...shared, start, end }, effect }));
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
        effect.kind === 'own-transaction'
          ? { kind: 'transaction', parts: [part] }
          : { kind: 'statement', part, effect },
      );
    }
  }
  close();
  return segments;
}
