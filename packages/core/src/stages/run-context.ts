/**
 * What the running of a plan shares: session, ledger head, clock, and who is at work.
 *
 * @module
 */
import type { MigrationSession, MigrationTransaction, TransactionOptions } from '../contracts/database-driver.ts';
import { sealEntry, type LedgerDetails, type LedgerEvent, type LedgerEventType } from '../model/ledger-event.ts';
import type { Plan, PlannedRelease } from '../model/plan.ts';
import type { ApplyOptions } from './apply.ts';
import type { LoadedFiles } from './script-text.ts';

export interface Clock {
  /** Wall time, for the ledger. */
  readonly date: () => Date;
  /** Milliseconds since an arbitrary start, never going back. */
  readonly now: () => number;
}

export const SYSTEM_CLOCK: Clock = { date: () => new Date(), now: () => performance.now() };

export interface RunContext {
  readonly session: MigrationSession;
  readonly plan: Plan;
  readonly files: LoadedFiles;
  readonly options: ApplyOptions;
  readonly clock: Clock;
  /**
   * Runs `work` in a transaction that also appends an event when `work` returns one, and commits both together.
   * The head follows only what was committed.
   */
  commit(
    work: (transaction: MigrationTransaction) => Promise<EventDraft | null>,
    options?: TransactionOptions,
  ): Promise<LedgerEvent | null>;
}

export interface EventDraft {
  readonly event: LedgerEventType;
  readonly release: PlannedRelease;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly details: LedgerDetails;
}

export function createRunContext(
  base: Pick<RunContext, 'session' | 'plan' | 'files' | 'options' | 'clock'>,
  start: LedgerEvent | null,
): RunContext {
  let head = start;
  return {
    ...base,
    commit: async (work, transactionOptions) => {
      const appended = await base.session.transaction(async (transaction) => {
        const draft = await work(transaction);
        if (draft === null) return null;
        const event = sealEntry(toEntry(draft, base), head);
        await transaction.append(event);
        return event;
      }, transactionOptions);
      if (appended !== null) head = appended;
      return appended;
    },
  };
}

function toEntry(
  draft: EventDraft,
  { plan, options }: Pick<RunContext, 'plan' | 'options'>,
): Parameters<typeof sealEntry>[0] {
  const { event, release, startedAt, durationMs, details } = draft;
  const wholeMs = Math.max(0, Math.round(durationMs));
  return {
    event,
    version: release.version,
    artifactDigest: release.digest,
    checksum: release.manifest.checksum,
    signer: plan.artifact.signer,
    actor: options.actor,
    environment: plan.environment,
    client: options.client,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date(startedAt.getTime() + wholeMs).toISOString(),
    durationMs: wholeMs,
    schemaDigest: null,
    details,
  };
}
