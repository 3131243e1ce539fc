/**
 * Options of the commands that run SQL: how long to wait for what, and how to cut transactions.
 *
 * @module
 */
import type { TransactionScope } from '@squizzle/core';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { DURATION_EXPECTED, parseDuration } from '../duration.ts';
import type { RunLimits, Target } from './target.ts';

export interface RunFlags {
  readonly wait?: number;
  readonly lockTimeout?: number;
  readonly statementTimeout?: number;
  readonly transaction?: TransactionScope;
  readonly interrupted?: 'refuse' | 'run-again' | 'skip';
}

export function addRunOptions(command: Command): Command {
  return command
    .addOption(durationOption('--wait <duration>', 'how long to wait for another migration (default: 60s)'))
    .addOption(durationOption('--lock-timeout <duration>', 'how long a statement waits for a lock (default: 3s)'))
    .addOption(durationOption('--statement-timeout <duration>', 'how long a statement may run (default: no limit)'))
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
