/**
 * Problems as lines for people.
 *
 * @module
 */
import { escapeControls } from '../log/escape-controls.ts';
import type { Problem } from './given-value.ts';
import { formatOrigin } from './origin.ts';

/** More would scroll the first away. */
const MOST_LINES = 50;

/** `listen.port: expected …, found "x" (registry.yaml:3)`. */
export function formatProblem({ subject, message, origin }: Problem): string {
  const where = origin === undefined ? '' : ` (${formatOrigin(origin)})`;
  return escapeControls(`${subject}: ${message}${where}`);
}

export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.slice(0, MOST_LINES).map((problem) => `  ${formatProblem(problem)}`);
  const rest = problems.length - lines.length;
  if (rest > 0) lines.push(`  … and ${rest} more`);
  return lines.join('\n');
}
