/**
 * A plan for a database without data: checks and verifies ask about data, and on a scratch database there is none but
 * what migrations put there, so their answers would say nothing.
 *
 * @module
 */
import type { Plan, PlanSegment, ScriptPart } from '../../model/plan.ts';

export function withoutAssertions(plan: Plan): Plan {
  const releases = plan.releases.map((release) => ({ ...release, segments: release.segments.map(withoutQuestions) }));
  return { ...plan, releases };
}

function withoutQuestions(segment: PlanSegment): PlanSegment {
  return segment.kind === 'statement'
    ? { ...segment, part: silent(segment.part) }
    : { ...segment, parts: segment.parts.map(silent) };
}

const silent = (part: ScriptPart): ScriptPart => ({ ...part, checks: [], verifies: [] });
