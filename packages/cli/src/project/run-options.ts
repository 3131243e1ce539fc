/**
 * Options of the commands that run SQL: how long to wait for what, and how to cut transactions.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { ApplyOptions, LockOptions, TransactionScope } from '@squizzle/core';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { DURATION_EXPECTED, parseDuration } from '../duration.ts';
import { createLockProgress, createMigrationProgress } from '../output/migration-progress.ts';
import { ownVersion } from '../own-version.ts';
import { createLocator } from './locate-statement.ts';
import type { Project } from './project.ts';
import type { RunLimits, Target } from './target.ts';

export interface LockFlags {
  readonly wait?: number;
  readonly lockTimeout?: number;
  readonly statementTimeout?: number;
}

export interface RunFlags extends LockFlags {
  readonly transaction?: TransactionScope;
  readonly interrupted?: 'refuse' | 'run-again' | 'skip';
}

/** For commands that write to the database under the migration lock. */
export function addLockOptions(command: Command): Command {
  return command
    .addOption(durationOption('--wait <duration>', 'how long to wait for another migration (default: 60s)'))
    .addOption(durationOption('--lock-timeout <duration>', 'how long a statement waits for a lock (default: 3s)'))
    .addOption(durationOption('--statement-timeout <duration>', 'how long a statement may run (default: no limit)'));
}

export function addRunOptions(command: Command): Command {
  return addLockOptions(command)
    .addOption(transactionOption())
    .addOption(
      new Option(
        '--interrupted <decision>',
        'what to do with a statement of which it cannot be known whether it ran (default: refuse)',
      ).choices(['refuse', 'run-again', 'skip']),
    );
}

/** What a plan is cut by, and so an option of `plan` too. */
export function transactionOption(): Option {
  return new Option('--transaction <scope>', 'what commits together (default: release)').choices(['release', 'step']);
}

function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new InvalidArgumentError(`Expected ${DURATION_EXPECTED}.`);
    return ms;
  });
}

/** Flags before the environment's configuration. */
export function toRunLimits(flags: RunFlags, target: Target): RunLimits {
  const limits = target.limits();
  return {
    transaction: flags.transaction ?? limits.transaction,
    lockTimeoutMs: flags.lockTimeout ?? limits.lockTimeoutMs,
    statementTimeoutMs: flags.statementTimeout ?? limits.statementTimeoutMs,
    waitMs: flags.wait ?? limits.waitMs,
  };
}

/** Who works, with what and within which limits. */
export function toApplyOptions(project: Project, flags: RunFlags): ApplyOptions {
  const { environment, output, signal } = project;
  const client = `squizzle ${ownVersion()}`;
  const runId = randomBytes(4).toString('hex');
  const { transaction: _planned, ...limits } = toRunLimits(flags, project.target());
  return {
    ...limits,
    actor: environment.actor,
    client: `${client} (run ${runId})`,
    applicationName: `${client} ${runId}`,
    interrupted: flags.interrupted,
    signal,
    onEvent: createMigrationProgress(output),
    locate: createLocator(() => project.analyzer()),
  };
}

/**
 * As {@link toApplyOptions}, for a baseline or a repair, which run no release: core tells of the lock and of notices by
 * events, but of a conflict only with the release that runs.
 */
export function toRecordOptions(project: Project, flags: LockFlags): ApplyOptions {
  const { onBlocked } = createLockProgress(project.output);
  return { ...toApplyOptions(project, flags), onBlocked };
}

/** For what takes the lock itself, so that nobody tells of it by events. */
export function toLockOptions(project: Project, flags: LockFlags): LockOptions {
  return { ...toApplyOptions(project, flags), ...createLockProgress(project.output) };
}
