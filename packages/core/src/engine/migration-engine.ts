/**
 * The stages put together for programs: `new MigrationEngine({ driver, storage, policy }).apply('1.2.0')`.
 *
 * A thin composition: each method is the stages in their order and nothing else.
 *
 * @module
 */
import type { ArtifactStorage } from '../contracts/artifact-storage.ts';
import type { CallOptions } from '../contracts/call-options.ts';
import type { DatabaseDriver } from '../contracts/database-driver.ts';
import { SquizzleError, isSquizzleError } from '../errors/squizzle-error.ts';
import type { PublishedArtifact, PulledArtifact, VerifiedArtifact } from '../model/artifact.ts';
import { currentRelease } from '../model/history.ts';
import type { Plan } from '../model/plan.ts';
import { parseSelector } from '../model/selector.ts';
import { describeStatus, type DatabaseStatus } from '../model/status.ts';
import { parseVersion, type Version } from '../model/version.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { applyPlan, type ApplyOptions } from '../stages/apply.ts';
import { buildArtifact, type BuildOptions } from '../stages/build.ts';
import type { AppliedRelease } from '../stages/migration-event.ts';
import { planMigration, type PlanOptions } from '../stages/plan.ts';
import { publishArtifact } from '../stages/publish.ts';
import { pullArtifact } from '../stages/pull.ts';
import { planRollback, requireFinishedApply } from '../stages/rollback.ts';
import { verifyArtifact, type TrustPolicy } from '../stages/verify.ts';
import { toSelector } from '../storage/artifact-storage.ts';

export interface MigrationEngineOptions {
  readonly storage: ArtifactStorage;
  /** Needed by all that touches a database. */
  readonly driver?: DatabaseDriver;
  /** Without one, nothing can be planned: there is no default. */
  readonly policy?: TrustPolicy;
  /** The environment's name, for seeds and the ledger: `development` unless told. */
  readonly environment?: string;
  /** Who applies, for the ledger. */
  readonly actor?: string;
  readonly client?: string;
}

/** Someone else may migrate between plan and lock; after that the new plan is mostly empty. */
const REPLANS = 5;

export class MigrationEngine {
  readonly #options: MigrationEngineOptions;

  constructor(options: MigrationEngineOptions) {
    this.#options = options;
  }

  /** Builds the next release over the newest in the storage and publishes it. */
  async build(source: SourceTree, options: BuildOptions): Promise<PublishedArtifact> {
    const { content } = this.#options.storage;
    const last = (await this.list(options)).at(-1);
    const previous =
      last === undefined ? null : await pullArtifact({ kind: 'version', version: last }, content, options);
    return publishArtifact(await buildArtifact(source, previous, options), content, options);
  }

  list(options?: CallOptions): Promise<readonly Version[]> {
    return this.#options.storage.list(options);
  }

  /** @throws {SquizzleError} `POLICY_MISSING`, `SIGNATURE_MISSING`, and what pulling throws. */
  async verify(selector: string, options?: CallOptions): Promise<VerifiedArtifact> {
    return verifyArtifact(await this.#pull(selector, options), this.#options.policy);
  }

  /** What `apply` would run. Printing it is the dry run. */
  async plan(selector = 'latest', options: CallOptions & Partial<PlanOptions> = {}): Promise<Plan> {
    const verified = await this.verify(selector, options);
    return planMigration(verified, await this.#driver().readHistory(options), this.#planOptions(options));
  }

  /** Brings the database to the release. Nothing to do is success. */
  apply(selector = 'latest', options: Partial<ApplyOptions & PlanOptions> = {}): Promise<readonly AppliedRelease[]> {
    return this.#run(() => this.plan(selector, options), options);
  }

  /** Goes back to `target`; to the release before the current one when it is left out; `null` undoes all. */
  rollback(
    target?: string | null,
    options: Partial<ApplyOptions & PlanOptions> = {},
  ): Promise<readonly AppliedRelease[]> {
    return this.#run(() => this.planRollback(target, options), options);
  }

  async planRollback(target?: string | null, options: CallOptions & Partial<PlanOptions> = {}): Promise<Plan> {
    const history = await this.#driver().readHistory(options);
    requireFinishedApply(history);
    const current = currentRelease(history);
    if (current === null) throw nothingApplied();
    const verified = await this.verify(current.artifactDigest, options);
    const version = target === undefined ? (verified.manifest.previous?.version ?? null) : toTarget(target);
    return planRollback(verified, history, version, this.#planOptions(options));
  }

  /** Where the database is, compared with a release of the storage. */
  async status(selector = 'latest', options?: CallOptions): Promise<DatabaseStatus> {
    const artifact = await this.#pull(selector, options).catch((cause: unknown) => {
      if (isSquizzleError(cause, 'ARTIFACT_NOT_FOUND')) return null;
      throw cause;
    });
    return describeStatus(await this.#driver().readHistory(options), artifact);
  }

  /** Forward, a new plan leads to the same release. Back, it could undo what nobody meant to undo: that one is thrown. */
  async #run(plan: () => Promise<Plan>, options: Partial<ApplyOptions>): Promise<readonly AppliedRelease[]> {
    const { actor = 'unknown', client = '@squizzle/core' } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const made = await plan();
      try {
        return await applyPlan(made, this.#driver(), { actor, client, ...options });
      } catch (cause) {
        const isHopeless = made.direction === 'down' || attempt === REPLANS;
        if (isHopeless || !isSquizzleError(cause, 'PLAN_STALE')) throw cause;
      }
    }
  }

  async #pull(selector: string, options?: CallOptions): Promise<PulledArtifact> {
    return pullArtifact(toSelector(selector), this.#options.storage.content, options);
  }

  #planOptions(options: Partial<PlanOptions>): PlanOptions {
    const { environment = 'development' } = this.#options;
    return { environment: options.environment ?? environment, transaction: options.transaction };
  }

  #driver(): DatabaseDriver {
    const { driver } = this.#options;
    if (driver === undefined) throw new TypeError('this needs a database: give MigrationEngine a driver');
    return driver;
  }
}

function toTarget(target: string | null): Version | null {
  if (target === null) return null;
  const version = parseVersion(target);
  if (version !== undefined) return version;
  const known = parseSelector(target) === undefined ? 'no selector' : 'no version';
  throw new SquizzleError('VERSION_INVALID', `'${target}' is ${known}; name the version to go back to, as 1.2.0`, {
    version: target,
  });
}

function nothingApplied(): SquizzleError<'VERSION_INVALID'> {
  return new SquizzleError('VERSION_INVALID', 'the database has no release, so there is nothing to roll back', {
    version: '',
  });
}
