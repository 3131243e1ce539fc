/**
 * Takes up a database that was there before SQUIZZLE: records a release as applied, and runs nothing.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { DatabaseDriver, MigrationTransaction } from '../contracts/database-driver.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { VerifiedArtifact } from '../model/artifact.ts';
import type { Checksum } from '../model/checksum.ts';
import { currentRelease, halfDoneRelease, historyHead, type History } from '../model/history.ts';
import { sealEntry, type LedgerDetails, type LedgerEntry, type LedgerEvent } from '../model/ledger-event.ts';
import type { Version } from '../model/version.ts';
import type { ApplyOptions } from './apply.ts';
import type { SchemaCandidate } from './detect-release.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { withLockEvents } from './lock-events.ts';
import { recordSchema } from './record-schema.ts';
import { trustDetails } from './trust-details.ts';

export interface BaselineOptions {
  readonly environment: string;
  /** How the release was found, where nobody named it: the schema must still be that one when it is recorded. */
  readonly detected?: SchemaCandidate | undefined;
}

export interface BaselinePlan extends BaselineOptions {
  readonly name: string;
  readonly version: Version;
  readonly digest: Digest;
  readonly artifact: VerifiedArtifact;
  /** Hash of the ledger's last event when the plan was made. */
  readonly expectedHead: Checksum | null;
}

/**
 * Plans to record the artifact's own release.
 *
 * @throws {SquizzleError} `BASELINE_REFUSED` when the database has a release, or a run that was interrupted half way.
 */
export function planBaseline(artifact: VerifiedArtifact, history: History, options: BaselineOptions): BaselinePlan {
  requireNoRelease(history);
  const { name, version } = artifact.manifest;
  const expectedHead = historyHead(history)?.hash ?? null;
  return { ...options, name, version, digest: artifact.root.digest, artifact, expectedHead };
}

/**
 * Appends one `baselined` event under the migration lock, with the digest of the schema as it is, whose snapshot is
 * kept. Where the schema cannot be read without waiting for someone's lock, the event `schema-unrecorded` says so.
 *
 * @throws {SquizzleError} `BASELINE_REFUSED`; `PLAN_STALE` when someone migrated, or the schema is no longer the one
 *   that was detected; and what the driver throws.
 */
export async function recordBaseline(
  plan: BaselinePlan,
  driver: DatabaseDriver,
  options: ApplyOptions,
): Promise<LedgerEvent> {
  const { version: server } = await driver.serverFacts({ signal: options.signal });
  const event = await driver.withLock(async (session) => {
    const history = await session.readHistory();
    requireNoRelease(history);
    const head = historyHead(history);
    if ((head?.hash ?? null) !== plan.expectedHead) throw stale(plan, head?.hash ?? null);
    return session.transaction(async (transaction) => {
      const sealed = sealEntry(await toEntry(plan, transaction, server, options), head);
      await transaction.append(sealed);
      return sealed;
    });
  }, withLockEvents(options));
  tellSchema(plan, event, options);
  return event;
}

async function toEntry(
  plan: BaselinePlan,
  transaction: MigrationTransaction,
  server: string,
  { clock = SYSTEM_CLOCK, actor, client }: ApplyOptions,
): Promise<LedgerEntry> {
  const [startedAt, startedMs] = [clock.date(), clock.now()];
  const found = await recordSchema(transaction);
  if (plan.detected !== undefined) requireDetected(plan, plan.detected, found);
  const durationMs = Math.max(0, Math.round(clock.now() - startedMs));
  return {
    event: 'baselined',
    version: plan.version,
    artifactDigest: plan.digest,
    checksum: plan.artifact.manifest.checksum,
    signer: plan.artifact.signer,
    actor,
    environment: plan.environment,
    client,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date(startedAt.getTime() + durationMs).toISOString(),
    durationMs,
    schemaDigest: found,
    details: toDetails(plan, found, server),
  };
}

/** What is worth knowing of the schema that was recorded, or was not. */
function tellSchema({ version, artifact }: BaselinePlan, event: LedgerEvent, { onEvent }: ApplyOptions): void {
  const { schemaDigest: found } = event;
  const { schemaDigest: declared } = artifact.manifest;
  if (found === null) onEvent?.({ type: 'schema-unrecorded', version });
  else if (declared !== undefined && declared !== found) {
    onEvent?.({ type: 'schema-differs', version, declared, found });
  }
}

/** `steps` is 0: nothing ran. */
function toDetails(plan: BaselinePlan, found: Digest | null, server: string): LedgerDetails {
  const { schemaDigest: declared } = plan.artifact.manifest;
  return {
    name: plan.name,
    steps: 0,
    ...(found === null ? {} : { server }),
    ...(declared === undefined || found === null || declared === found ? {} : { declaredSchemaDigest: declared }),
    ...(plan.detected === undefined ? {} : { detected: plan.detected.source }),
    ...trustDetails(plan.artifact),
  };
}

/**
 * Worth asking before a release is looked for, which may take long.
 *
 * @throws {SquizzleError} `BASELINE_REFUSED` when the database has a release, or a run that was interrupted half way.
 */
export function requireNoRelease(history: History): void {
  const unfinished = halfDoneRelease(history);
  const current = currentRelease(history)?.version ?? unfinished?.event.version ?? null;
  if (current === null) return;
  const found = unfinished === null ? `is at ${current}` : `has an unfinished run of ${unfinished.event.version}`;
  const message = `a baseline is for a database without releases, and this one ${found}; bring it on with 'squizzle apply'`;
  throw new SquizzleError('BASELINE_REFUSED', message, { current });
}

function stale({ expectedHead }: BaselinePlan, actualHead: string | null): SquizzleError<'PLAN_STALE'> {
  const message = 'the ledger was written after this baseline was planned; look at it, then plan again';
  return new SquizzleError('PLAN_STALE', message, { expectedHead, actualHead });
}

function requireDetected(plan: BaselinePlan, { digest, version }: SchemaCandidate, found: Digest | null): void {
  if (found === digest) return;
  const message =
    found === null
      ? `whether the schema is still that of ${version} cannot be read now: another transaction holds a lock on a part of it; try again when it has ended`
      : `the schema was ${digest}, that of ${version}, and is ${found} now: someone changed it meanwhile; detect the release again`;
  throw new SquizzleError('PLAN_STALE', message, { expectedHead: plan.expectedHead, actualHead: plan.expectedHead });
}
