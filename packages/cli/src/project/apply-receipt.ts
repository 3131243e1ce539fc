/**
 * That a release was applied to a database, as its ledger says.
 *
 * @module
 */
import { parseChecksum, SquizzleError, type LedgerEvent, type PulledArtifact } from '@squizzle/core';
import { parseDigest } from '@squizzle/oci-spec';
import type { Predicate } from '@squizzle/security';
import type { OpenSigner } from './open-signer.ts';
import type { Project } from './project.ts';

/** @throws {SquizzleError} `USAGE_INVALID` when the ledger knows of no such apply. */
export async function receiptOf(
  { manifest, root }: PulledArtifact,
  { tools }: Pick<OpenSigner, 'tools'>,
  project: Project,
): Promise<Predicate> {
  const { name: environment } = project.target();
  const driver = await project.driver();
  const { events } = await driver.readHistory({ signal: project.signal });
  const applied = events.findLast(({ event, artifactDigest }) => event === 'applied' && artifactDigest === root.digest);
  const [first] = events;
  if (applied === undefined || first === undefined) {
    const message = `the ledger of ${environment} (${driver.description}) does not say that ${manifest.version} (${root.digest}) was applied`;
    throw new SquizzleError('USAGE_INVALID', message, { argument: '--type apply' });
  }
  const { startedAt, finishedAt, version } = applied;
  return tools.applyReceipt({
    environment,
    // The first event is sealed with its own time and run: no two ledgers begin with the same.
    database: digestOf(first),
    release: version,
    digest: root.digest,
    ledgerHead: applied.hash,
    startedAt,
    finishedAt,
    policyDigest: policyDigestOf(applied),
  });
}

function digestOf({ hash }: LedgerEvent) {
  const digest = parseDigest(`sha256:${hash}`);
  if (digest === undefined || parseChecksum(hash) === undefined)
    throw new TypeError('a hash of the ledger is a SHA-256');
  return digest;
}

/** Of the policy that allowed what the event records. */
export function policyDigestOf({ details }: LedgerEvent) {
  const { policyDigest } = details;
  return typeof policyDigest === 'string' ? (parseDigest(policyDigest) ?? null) : null;
}
