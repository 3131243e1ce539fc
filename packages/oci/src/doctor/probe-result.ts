/**
 * What a probe of a registry found.
 *
 * @module
 */
import { isSquizzleError, type SquizzleError } from '@squizzle/core';

export const PROBES = [
  'reach',
  'clock',
  'login',
  'pull',
  'push',
  'chunks',
  'mount',
  'referrers',
  'moving-tags',
  'delete',
  'rate-limit',
] as const;

export type ProbeName = (typeof PROBES)[number];

export interface ProbeResult {
  readonly probe: ProbeName;
  /** `unsupported`: the registry does without, and so does the client. `skipped`: nothing was asked. */
  readonly outcome: 'ok' | 'unsupported' | 'failed' | 'skipped';
  /** What was found and what it means, for people. */
  readonly summary: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** Code of the error that a command would end with. */
  readonly code: string | null;
}

export function found(
  probe: ProbeName,
  outcome: ProbeResult['outcome'],
  summary: string,
  hint: string | null = null,
): ProbeResult {
  return { probe, outcome, summary, hint, code: null };
}

/** Runs one probe. Every typed error is a finding; anything else, an abort above all, goes through. */
export async function attempt(
  probe: ProbeName,
  signal: AbortSignal | undefined,
  work: () => Promise<ProbeResult>,
): Promise<ProbeResult> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!isSquizzleError(thrown) || thrown.code === 'CANCELLED') throw thrown;
    return fromError(probe, thrown);
  }
}

function fromError(probe: ProbeName, { code, message, details }: SquizzleError): ProbeResult {
  const hint = 'hint' in details && typeof details.hint === 'string' ? details.hint : null;
  const outcome = code === 'UNSUPPORTED' ? 'unsupported' : 'failed';
  const summary = hint === null ? message : message.replace(`; ${hint}`, '');
  return { probe, outcome, summary, hint, code };
}
