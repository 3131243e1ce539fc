/**
 * Which release a baseline records: the one that is named, or the one whose schema the database has.
 *
 * @module
 */
import {
  artifactDigestOf,
  planBaseline,
  type BaselinePlan,
  type History,
  type SchemaCandidate,
  type VerifiedArtifact,
} from '@squizzle/core';
import { pullRelease } from './find-release.ts';
import { findSchema } from './find-schema.ts';
import type { Project } from './project.ts';
import type { ScratchFlags } from './scratch.ts';
import { verifyRelease } from './verify-release.ts';

export interface DetectRequest extends ScratchFlags {
  /** The newest release that comes into question. */
  readonly selector: string;
  /** Environments whose ledgers are asked. */
  readonly from: readonly string[];
  /** Whether a scratch database may be asked. */
  readonly rehearse: boolean;
}

/** @throws {SquizzleError} `BASELINE_REFUSED`; what pulling and verifying throw. */
export async function planNamed(selector: string, project: Project): Promise<BaselinePlan> {
  return planFor(await pullVerified(selector, project), project, undefined);
}

/** @throws {SquizzleError} `SCHEMA_UNKNOWN` with what the database differs in from the nearest release; `BASELINE_REFUSED`. */
export async function planDetected(request: DetectRequest, project: Project): Promise<BaselinePlan> {
  const from = request.from.map((name) => project.targetOf(name, '--from'));
  const newest = await pullVerified(request.selector, project);
  await planFor(newest, project, undefined); // refuses before anything is tried out
  const live = await (await project.driver()).snapshotSchema({ signal: project.signal });
  const detected = await findSchema(live, newest, { ...request, from }, project);
  const digest = artifactDigestOf(newest, detected.version) ?? newest.root.digest;
  const artifact = digest === newest.root.digest ? newest : await pullVerified(digest, project);
  return planFor(artifact, project, detected);
}

async function pullVerified(selector: string, project: Project): Promise<VerifiedArtifact> {
  const pulled = await pullRelease(selector, project);
  return verifyRelease(pulled, project, { history: await readHistory(project) });
}

async function readHistory(project: Project): Promise<History> {
  return (await project.driver()).readHistory({ signal: project.signal });
}

async function planFor(
  artifact: VerifiedArtifact,
  project: Project,
  detected: SchemaCandidate | undefined,
): Promise<BaselinePlan> {
  return planBaseline(artifact, await readHistory(project), { environment: project.target().name, detected });
}
