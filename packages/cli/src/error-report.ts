/**
 * An error as the user reads it, or as a program does.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { StopSignal } from './environment.ts';
import { isContentFault } from './exit-code.ts';
import type { Paint } from './output/paint.ts';
import { maskSecrets } from './secrets.ts';

/** Standard error with `--json`. */
export interface ErrorJson {
  readonly error: { readonly code: string; readonly message: string; readonly details: unknown };
}

export const BUG = 'BUG';
const ISSUES = 'https://github.com/squizzle-dev/squizzle/issues';

export function toErrorJson(thrown: unknown, stoppedBy: StopSignal | null): ErrorJson {
  const { code, message, details } = describe(thrown, stoppedBy);
  return { error: { code, message: maskSecrets(message), details } };
}

export interface ReportOptions {
  readonly verbose: boolean;
  /** Whether what a trust policy said to each signature is printed, too. */
  readonly explain: boolean;
  readonly stoppedBy: StopSignal | null;
  readonly paint: Paint;
}

/** `error[STEP_FAILED]: db/migrations/…`; with `verbose` its causes, and the stack of what is a bug. */
export function errorLines(thrown: unknown, { verbose, explain, stoppedBy, paint }: ReportOptions): readonly string[] {
  const { code, message, details } = describe(thrown, stoppedBy);
  const lines = explanationIn(details);
  const explanation = explain
    ? lines.map((line) => withoutMessage(line, code))
    : lines.slice(0, 1).map(() => EXPLAIN_ADVICE);
  const causes = verbose ? causesOf(thrown).map(causeLine) : [];
  const stack = verbose && code === BUG && thrown instanceof Error && thrown.stack !== undefined ? [thrown.stack] : [];
  const advice = code === BUG ? bugAdvice(verbose) : [];
  return [`${paint.red(`error[${code}]:`)} ${message}`, ...explanation, ...advice, ...causes, ...stack].map(
    maskSecrets,
  );
}

const EXPLAIN_ADVICE = "'squizzle verify --explain' shows what each signature and requirement came to";

/** The outcome, which ends an explanation, is what the first line says already. */
function withoutMessage(line: string, code: string): string {
  const outcome = `denied, ${code}`;
  return line.startsWith(`${outcome}: `) ? outcome : line;
}

/** Of a denial of the trust policy. */
function explanationIn(details: unknown): readonly string[] {
  if (typeof details !== 'object' || details === null || !('explanation' in details)) return [];
  const { explanation } = details;
  return Array.isArray(explanation) ? explanation.filter((line) => typeof line === 'string') : [];
}

interface Description {
  readonly code: string;
  readonly message: string;
  readonly details: unknown;
}

function describe(thrown: unknown, stoppedBy: StopSignal | null): Description {
  if (isSquizzleError(thrown) || isContentFault(thrown)) return thrown;
  if (stoppedBy !== null)
    return { code: 'CANCELLED', message: `stopped by ${stoppedBy}`, details: { during: stoppedBy } };
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { code: BUG, message, details: {} };
}

function bugAdvice(verbose: boolean): readonly string[] {
  const how = verbose ? 'what stands below' : 'the output of the same command with --verbose';
  return [`this is a bug in squizzle; please report it with ${how}: ${ISSUES}`];
}

const MAX_CAUSES = 10;

function causesOf(thrown: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let at = thrown; at instanceof Error && at.cause !== undefined && causes.length < MAX_CAUSES; at = at.cause)
    causes.push(at.cause);
  return causes;
}

function causeLine(cause: unknown): string {
  if (!(cause instanceof Error)) return `caused by: ${String(cause)}`;
  const code = 'code' in cause && typeof cause.code === 'string' ? `[${cause.code}]` : '';
  return `caused by: ${cause.name}${code}: ${cause.message}`;
}
