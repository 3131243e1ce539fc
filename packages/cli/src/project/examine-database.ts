/**
 * What `doctor` looks at: the environment's database, beside the release that its ledger says it is at.
 *
 * @module
 */
import {
  currentRelease,
  diagnoseDatabase,
  isSquizzleError,
  repairDatabase,
  type Finding,
  type History,
  type PulledArtifact,
  type RepairOutcome,
} from '@squizzle/core';
import { isContentFault } from '../exit-code.ts';
import { pullRelease } from './find-release.ts';
import type { Project } from './project.ts';
import { toRecordOptions, type LockFlags } from './run-options.ts';

export interface Examination {
  /** As they are at the end. */
  readonly findings: readonly Finding[];
  /** `null`: nothing was to be repaired. */
  readonly repairs: readonly RepairOutcome[] | null;
  /** The release that the ledger was compared with; `null` where it has none, or it could not be had. */
  readonly artifact: PulledArtifact | null;
}

export interface ExamineRequest extends LockFlags {
  readonly repair: boolean;
}

/** @throws {SquizzleError} `DATABASE_UNREACHABLE`, `DATABASE_DENIED`; when repairing, what taking the lock throws. */
export async function examineDatabase(request: ExamineRequest, project: Project): Promise<Examination> {
  const { signal } = project;
  const driver = await project.driver();
  const artifact = await findApplied(project);
  const findings = await diagnoseDatabase(driver, { artifact, signal });
  if (!request.repair) return { findings, repairs: null, artifact };
  const repairs = await repairDatabase(findings, driver, toRecordOptions(project, request));
  if (repairs.length === 0) return { findings, repairs, artifact };
  return { findings: await diagnoseDatabase(driver, { artifact, signal }), repairs, artifact };
}

/** By its digest; a store that lacks it, or cannot be reached, is no fault of the database. */
async function findApplied(project: Project): Promise<PulledArtifact | null> {
  const history = await readLedger(project);
  const current = history === null ? null : currentRelease(history);
  if (current === null) return null;
  try {
    return await pullRelease(current.artifactDigest, project);
  } catch (cause) {
    const isStores = (isSquizzleError(cause) && cause.code !== 'CANCELLED') || isContentFault(cause);
    if (!isStores) throw cause;
    project.output.note(
      `${current.version} is not compared with its release, which could not be had: ${cause.message}`,
    );
    return null;
  }
}

const UNREACHED = new Set<string>(['DATABASE_UNREACHABLE', 'DATABASE_DENIED', 'CANCELLED']);

/** A ledger that cannot be read is what the diagnosis will say. */
async function readLedger(project: Project): Promise<History | null> {
  const driver = await project.driver();
  try {
    return await driver.readHistory({ signal: project.signal });
  } catch (cause) {
    const isBroken = isSquizzleError(cause) && !UNREACHED.has(cause.code);
    if (isBroken) return null;
    throw cause;
  }
}
