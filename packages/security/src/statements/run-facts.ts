/**
 * What is known of a CI run: from the claims of its identity token, else from the variables of its job.
 *
 * The token is signed by the CI system and a job can set its variables itself, so the claim goes first. Neither is
 * proof: verification compares the statement with the certificate.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

export interface RunSource {
  /** Of the identity token, decoded. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Environment variables of the job. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface RunFacts {
  /** `undefined` where neither has it; numbers are read as texts. */
  find(claim: string, variable?: string): string | undefined;
  /** @throws {SquizzleError} `IDENTITY_UNAVAILABLE` where neither has it. */
  need(claim: string, variable?: string): string;
}

/** @param system for messages: `GitHub Actions`. */
export function readRunFacts(system: string, { claims = {}, env = {} }: RunSource): RunFacts {
  const find = (claim: string, variable?: string): string | undefined =>
    textOf(Object.hasOwn(claims, claim) ? claims[claim] : undefined) ??
    textOf(variable === undefined ? undefined : env[variable]);
  const need = (claim: string, variable?: string): string => {
    const found = find(claim, variable);
    if (found !== undefined) return found;
    const places =
      variable === undefined ? `claim '${claim}'` : `claim '${claim}' and the job has no variable ${variable}`;
    const reason = `the run of ${system} cannot be described: its identity token has no ${places}`;
    const message = `${reason}; run inside a job of ${system}, or describe the build with the generic provenance`;
    throw new SquizzleError('IDENTITY_UNAVAILABLE', message, { reason });
  };
  return { find, need };
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}
