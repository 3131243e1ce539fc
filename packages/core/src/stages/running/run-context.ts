/**
 * What the running of a plan shares: session, ledger head, clock, and who is at work.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type {
  MigrationSession,
  MigrationTransaction,
  ServerFacts,
  TransactionOptions,
} from '../../contracts/database-driver.ts';
import { isSquizzleError } from '../../errors/squizzle-error.ts';
import { sealEntry, type LedgerDetails, type LedgerEvent, type LedgerEventType } from '../../model/ledger-event.ts';
import type { Plan, PlannedRelease } from '../../model/plan.ts';
import type { ApplyOptions } from '../apply.ts';
import type { Clock } from '../clock.ts';
import type { SchemaDrift } from '../find-drift.ts';
import type { Contention } from './contention.ts';
import type { LoadedFiles } from './script-text.ts';

interface ContextBase {
  readonly session: MigrationSession;
  readonly server: ServerFacts;
  readonly plan: Plan;
  readonly files: LoadedFiles;
  readonly options: ApplyOptions;
  readonly clock: Clock;
  readonly contention: Contention;
  /** How the schema differed from the recorded one before anything ran; `null` where it did not, or nobody knows. */
  readonly drift: SchemaDrift | null;
  /** A run is open that kept nothing, and the plan does not go on with it. */
  readonly givesUpRun: boolean;
}

export interface RunContext extends ContextBase {
  /**
   * Runs `work` in a transaction that also appends an event when `work` returns one, and commits both together.
   * The head follows only what was committed.
   */
  commit(
    work: (transaction: MigrationTransaction) => Promise<EventDraft | null>,
    options?: TransactionOptions,
  ): Promise<LedgerEvent | null>;
  /** COMMIT was due and has not been answered with success: whether the server has done it is not known here. */
  isCommitting(): boolean;
}

export interface EventDraft {
  readonly event: LedgerEventType;
  readonly release: PlannedRelease;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly schemaDigest: Digest | null;
  readonly details: LedgerDetails;
}

export function createRunContext(base: ContextBase, start: LedgerEvent | null): RunContext {
  let head = start;
  let committing = false;
  return {
    ...base,
    isCommitting: () => committing,
    commit: async (work, transactionOptions) => {
      committing = false;
      const run = async (transaction: MigrationTransaction): Promise<LedgerEvent | null> => {
        const draft = await work(transaction);
        const event = draft === null ? null : sealEntry(toEntry(draft, base), head);
        if (event !== null) await transaction.append(event);
        committing = true;
        return event;
      };
      try {
        const appended = await base.session.transaction(run, transactionOptions);
        committing = false;
        if (appended !== null) head = appended;
        return appended;
      } catch (cause) {
        if (isSquizzleError(cause, 'STATEMENT_FAILED')) committing = false; // the server has answered: it kept nothing
        throw cause;
      }
    },
  };
}

function toEntry(draft: EventDraft, { plan, options }: ContextBase): Parameters<typeof sealEntry>[0] {
  const { event, release, startedAt, durationMs, schemaDigest, details } = draft;
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
    schemaDigest,
    details,
  };
}
