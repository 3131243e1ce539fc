/**
 * How a repair stands in the ledger: an event of its own, which leaves releases as they are.
 *
 * @module
 */
import type { MigrationSession } from '../contracts/database-driver.ts';
import type { FindingCheck, FindingRepair } from '../model/diagnosis.ts';
import { sealEntry, type LedgerEvent } from '../model/ledger-event.ts';
import type { SchemaSnapshot } from '../model/schema-snapshot.ts';
import type { ApplyOptions } from './apply.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { recordSchema } from './record-schema.ts';

export interface ProposedRepair {
  readonly check: FindingCheck;
  readonly repair: FindingRepair;
}

export interface RepairRun {
  readonly session: MigrationSession;
  readonly options: ApplyOptions;
  /** The event whose release the repairs are recorded with. */
  readonly anchor: LedgerEvent;
  /** The server's version. */
  readonly server: string;
}

/** When a repair began. */
export interface RepairStart {
  readonly date: Date;
  readonly ms: number;
}

/**
 * @param accepts whether a schema is one that the repair leads to, and is recorded with it; `null`: none is. One that
 *   cannot be read without waiting for someone's lock is not recorded, and nor is a repair that is nothing else.
 */
export async function appendRepaired(
  { check, repair }: ProposedRepair,
  run: RepairRun,
  head: LedgerEvent,
  start: RepairStart,
  accepts: ((snapshot: SchemaSnapshot) => boolean) | null,
): Promise<LedgerEvent | null> {
  const { version, artifactDigest, checksum, signer, environment } = run.anchor;
  const { actor, client, clock = SYSTEM_CLOCK } = run.options;
  const details = { check, repair: repair.kind, object: 'index' in repair ? repair.index : null };
  return run.session.transaction(async (transaction) => {
    const found = accepts === null ? null : await recordSchema(transaction, accepts);
    if (found === null && repair.kind === 'record-schema') return null;
    const durationMs = Math.max(0, Math.round(clock.now() - start.ms));
    const entry = {
      event: 'repaired' as const,
      version,
      artifactDigest,
      checksum,
      signer,
      actor,
      environment,
      client,
      startedAt: start.date.toISOString(),
      finishedAt: new Date(start.date.getTime() + durationMs).toISOString(),
      durationMs,
      schemaDigest: found,
      details: found === null ? details : { ...details, server: run.server },
    };
    const event = sealEntry(entry, head);
    await transaction.append(event);
    return event;
  });
}
