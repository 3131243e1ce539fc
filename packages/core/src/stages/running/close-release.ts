/**
 * The event that ends a release, written in the transaction that ends it. The last release of a plan also records the
 * schema that it led to; the others do not, as nobody would look at the schema between them.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { MigrationTransaction } from '../../contracts/database-driver.ts';
import type { LedgerDetails, LedgerEvent } from '../../model/ledger-event.ts';
import type { Version } from '../../model/version.ts';
import { recordSchema } from '../record-schema.ts';
import { draftOf, type ReleaseRun } from './release-run.ts';
import type { EventDraft } from './run-context.ts';

/** @param skipped places that a person took as done. */
export async function closeRelease(
  transaction: MigrationTransaction,
  run: ReleaseRun,
  skipped: readonly string[],
): Promise<EventDraft> {
  const found = isLast(run) ? await recordSchema(transaction) : null;
  const details: LedgerDetails = {
    ...(skipped.length === 0 ? {} : { skipped }),
    ...toDriftDetails(run),
    ...(found === null ? {} : toSchemaDetails(run, found)),
  };
  const event = run.context.plan.direction === 'up' ? 'applied' : 'reverted';
  return { ...draftOf(run, event, details), schemaDigest: found };
}

/**
 * What the schema was recorded as and what was found instead, before anything ran: the first release of the run takes the
 * place of that record, so its events keep it. An interrupted run noted it when it began.
 */
export function toDriftDetails({ release, context }: ReleaseRun): LedgerDetails {
  if (context.plan.releases[0]?.version !== release.version) return {};
  if (context.drift !== null) return { driftedFrom: context.drift.recorded, driftedTo: context.drift.found };
  const { driftedFrom, driftedTo } = release.resume?.event.details ?? {};
  return typeof driftedFrom === 'string' && typeof driftedTo === 'string' ? { driftedFrom, driftedTo } : {};
}

function isLast({ release, context }: ReleaseRun): boolean {
  return context.plan.releases.at(-1)?.version === release.version;
}

/** The server's version is there to explain a difference that an upgrade of the server makes. */
function toSchemaDetails(run: ReleaseRun, found: Digest): LedgerDetails {
  const declared = declaredSchema(run)?.digest;
  const differs = declared !== undefined && declared !== found;
  return { server: run.context.server.version, ...(differs ? { declaredSchemaDigest: declared } : {}) };
}

/** Of the release that the database is at when this one has run. */
function declaredSchema({
  release,
  context: { plan },
}: ReleaseRun): { readonly version: Version; readonly digest: Digest } | undefined {
  const version = plan.direction === 'up' ? release.version : plan.to;
  const manifest = plan.artifact.releases.find((each) => each.version === version);
  const digest = manifest?.schemaDigest;
  return manifest === undefined || digest === undefined ? undefined : { version: manifest.version, digest };
}

/** What is worth knowing of the schema that was recorded, or was not; told when the event is committed. */
export function tellSchema(run: ReleaseRun, { schemaDigest: found }: LedgerEvent): void {
  if (!isLast(run)) return;
  const { onEvent } = run.context.options;
  if (found === null) return onEvent?.({ type: 'schema-unrecorded', version: run.release.version });
  const declared = declaredSchema(run);
  if (declared === undefined || declared.digest === found) return;
  onEvent?.({ type: 'schema-differs', version: declared.version, declared: declared.digest, found });
}
