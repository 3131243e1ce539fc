/**
 * One fault played on one database, through the built command.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { expect } from 'vitest';
import type { ProvidedServer } from '../../tools/postgres/provided-context.ts';
import { appliedVersions } from '../support/ledger.ts';
import type { Project } from '../support/project.ts';
import { createDatabase, untilNoSessions } from '../support/servers.ts';
import { finish, mustSquizzle, squizzle, startSquizzle, type Result } from '../support/squizzle.ts';
import { FAULTS, type Fault, type FaultName } from './fault-table.ts';
import { installRig, MARKS, type Rig } from './faulty-project.ts';
import { expectApplied, expectTruth } from './truth.ts';

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
}

export interface Scene {
  readonly url: string;
  /** Runs a command with `--json` to its end. */
  run(...args: readonly string[]): Promise<Result>;
  start(...args: readonly string[]): Running;
}

export async function openScene(server: ProvidedServer, project: Project, rig: Rig = {}): Promise<Scene> {
  const url = await createDatabase(server);
  await installRig(url, rig);
  return sceneAt(url, project);
}

export function sceneAt(url: string, project: Project, env: Readonly<Record<string, string>> = {}): Scene {
  const options = { cwd: project.folder, env: { DB_URL: url, ...env } };
  const start = (...args: readonly string[]): Running => {
    const child = startSquizzle([...args, '--json'], options);
    return { child, ended: finish(child) };
  };
  return { url, run: (...args) => squizzle([...args, '--json'], options), start };
}

/** What a run wrote about its failure, in the form that `--json` gives it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Progress may stand before it. */
export function failureOf({ stderr }: Result): Failure | null {
  const start = stderr.search(/^\{$/m);
  if (start < 0) return null;
  return (JSON.parse(stderr.slice(start)) as { readonly error: Failure }).error;
}

/** Asserts what the table says of the run. @returns what the run said of its failure. */
export function expectOutcome(name: FaultName, result: Result, exitCode: number = FAULTS[name].exitCode): Failure {
  const { code }: Fault = FAULTS[name];
  const failure = failureOf(result);
  expect({ exit: result.code, code: failure?.code ?? null }, `${result.stdout}\n${result.stderr}`).toEqual({
    exit: exitCode,
    code,
  });
  return failure ?? { code: '', message: '', details: {} };
}

/** After a run that failed: the ledger is true, and names these releases as applied. */
export async function expectState({ url }: Scene, applied: readonly string[]): Promise<void> {
  await untilNoSessions(url);
  const history = await expectTruth(url, MARKS);
  expect(appliedVersions(history)).toEqual(applied);
}

/** The next run brings the database to the newest release. */
export async function expectFinishes({ run, url }: Scene, ...flags: readonly string[]): Promise<void> {
  const result = await run('apply', ...flags);
  expect(result.code, result.stderr).toBe(0);
  await expectApplied(url, MARKS);
}

/** Brings the database to a release before the fault is played. */
export async function bringTo({ url }: Scene, project: Project, version: string): Promise<void> {
  await mustSquizzle(['apply', version], { cwd: project.folder, env: { DB_URL: url } });
}
