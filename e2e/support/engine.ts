/**
 * The engine in this process, on the releases that the built command made in a project: for faults of which the command's
 * own start and end are not the point.
 *
 * @module
 */
import { join } from 'node:path';
import {
  applyPlan,
  ERROR_CATALOG,
  isSquizzleError,
  planMigration,
  planRollback,
  pullArtifact,
  verifyArtifact,
  type ApplyOptions,
  type ErrorCode,
  type MigrationEvent,
  type Plan,
  type VerifiedArtifact,
} from '@squizzle/core';
import { createLayoutStore } from '@squizzle/oci';
import { createPostgresDriver } from '@squizzle/postgres';
import type { Project } from './project.ts';

export interface Outcome {
  /** `null`: it ended well. */
  readonly code: ErrorCode | null;
  /** As the command would end. */
  readonly exitCode: number;
  readonly message: string;
  readonly events: readonly MigrationEvent[];
}

export interface Engine {
  /** Plans and runs, to the newest release. What is no error of SQUIZZLE's is thrown. */
  apply(url: string, options?: Partial<ApplyOptions>): Promise<Outcome>;
  /** Plans and runs the way back to before the first release. */
  rollBack(url: string, options?: Partial<ApplyOptions>): Promise<Outcome>;
}

export async function openEngine(project: Project): Promise<Engine> {
  const store = createLayoutStore(join(project.folder, '.squizzle/store'));
  const pulled = await pullArtifact({ kind: 'tag', tag: 'latest' } as Parameters<typeof pullArtifact>[0], store);
  const artifact = await verifyArtifact(pulled, { unsigned: { allowed: true, reason: 'an end-to-end test' } });
  return {
    apply: (url, options) => play(url, artifact, options, planMigration),
    rollBack: (url, options) =>
      play(url, artifact, options, (verified, history, scope) => planRollback(verified, history, null, scope)),
  };
}

type MakePlan = (...args: Parameters<typeof planMigration>) => Plan;

async function play(
  url: string,
  artifact: VerifiedArtifact,
  options: Partial<ApplyOptions> = {},
  makePlan: MakePlan,
): Promise<Outcome> {
  const driver = createPostgresDriver({ connectionString: url });
  const events: MigrationEvent[] = [];
  const { signal } = options;
  try {
    const plan = makePlan(artifact, await driver.readHistory({ signal }), { environment: 'development' });
    await applyPlan(plan, driver, {
      actor: 'e2e',
      client: 'e2e',
      applicationName: 'squizzle e2e',
      onEvent: (event) => events.push(event),
      ...options,
    });
    return { code: null, exitCode: 0, message: '', events };
  } catch (thrown) {
    if (!isSquizzleError(thrown)) throw thrown;
    const { code, message } = thrown;
    return { code, exitCode: ERROR_CATALOG[code].exitCode, message, events };
  } finally {
    await driver.close();
  }
}
