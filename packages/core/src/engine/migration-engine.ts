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
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import type { ScratchDatabases } from '../contracts/scratch-databases.ts';
import type { Signer } from '../contracts/signer.ts';
import type { Verifier } from '../contracts/verifier.ts';
import { SquizzleError, isSquizzleError } from '../errors/squizzle-error.ts';
import {
  artifactDigestOf,
  type PublishedArtifact,
  type PulledArtifact,
  type VerifiedArtifact,
} from '../model/artifact.ts';
import type { Finding } from '../model/diagnosis.ts';
import { currentRelease } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { Plan } from '../model/plan.ts';
import { compareSnapshots, type SchemaDifference, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import { parseSelector } from '../model/selector.ts';
import { describeStatus, type DatabaseStatus } from '../model/status.ts';
import { compareVersions, parseVersion, type Version } from '../model/version.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { applyPlan, type ApplyOptions } from '../stages/apply.ts';
import { planBaseline, recordBaseline, requireNoRelease } from '../stages/baseline.ts';
import { buildArtifact, type BuildOptions } from '../stages/build.ts';
import { declaredSchemas, detectRelease, rehearsedSchemas, type SchemaCandidate } from '../stages/detect-release.ts';
import { diagnoseDatabase } from '../stages/diagnose.ts';
import { detectDrift, type DriftReport } from '../stages/drift.ts';
import type { AppliedRelease } from '../stages/migration-event.ts';
import { planMigration, type PlanOptions } from '../stages/plan.ts';
import { publishArtifact } from '../stages/publish.ts';
import { pullArtifact } from '../stages/pull.ts';
import { schemasOfReleases, type RehearseSchemasOptions } from '../stages/rehearse-schemas.ts';
import { repairDatabase, type RepairOutcome } from '../stages/repair.ts';
import { planRollback, requireFinishedApply } from '../stages/rollback.ts';
import { signArtifact } from '../stages/sign.ts';
import { verifyArtifact, type TrustPolicy, type VerifyOptions } from '../stages/verify.ts';
import { toSelector } from '../storage/artifact-storage.ts';

export interface MigrationEngineOptions {
  readonly storage: ArtifactStorage;
  /** Needed by all that touches a database. */
  readonly driver?: DatabaseDriver & DatabaseInspector;
  /** Where releases show what schema they lead to: needed by `diff`, and used by `baseline({ detect: true })`. */
  readonly scratch?: ScratchDatabases;
  /** Without one, and without `security`, nothing can be planned: there is no default. */
  readonly policy?: TrustPolicy;
  /** Signs what `build` publishes and verifies before every plan; as `@squizzle/security` makes one. */
  readonly security?: SecurityProvider;
  /** The environment's name, for seeds and the ledger: `development` unless told. */
  readonly environment?: string;
  /** Who applies, for the ledger. */
  readonly actor?: string;
  readonly client?: string;
}

/** Who signs and who decides about signatures. */
export interface SecurityProvider {
  /** `null`: it verifies and cannot sign. */
  readonly signer: Signer | null;
  readonly verifier: Verifier;
}

/** Of what runs something, here or on a scratch database. */
export type RunOptions = Partial<ApplyOptions & PlanOptions>;

/** Someone else may migrate between plan and lock; after that the new plan is mostly empty. */
const REPLANS = 5;

export class MigrationEngine {
  readonly #options: MigrationEngineOptions;

  constructor(options: MigrationEngineOptions) {
    this.#options = options;
  }

  /** Builds the next release over the newest in the storage, publishes it, and signs it where `security` can. */
  async build(source: SourceTree, options: BuildOptions): Promise<PublishedArtifact> {
    const { content } = this.#options.storage;
    const last = (await this.list(options)).at(-1);
    const previous =
      last === undefined ? null : await pullArtifact({ kind: 'version', version: last }, content, options);
    const published = await publishArtifact(await buildArtifact(source, previous, options), content, options);
    const signer = this.#options.security?.signer;
    if (signer) await signArtifact(published, signer, content, options);
    return published;
  }

  list(options?: CallOptions): Promise<readonly Version[]> {
    return this.#options.storage.list(options);
  }

  /** @throws {SquizzleError} `POLICY_MISSING`, `SIGNATURE_MISSING`, what the verifier and pulling throw. */
  async verify(selector: string, options?: VerifyOptions): Promise<VerifiedArtifact> {
    const { policy, security } = this.#options;
    return verifyArtifact(await this.#pull(selector, options), policy ?? security, options);
  }

  /** What `apply` would run. Printing it is the dry run. */
  async plan(selector = 'latest', options: CallOptions & Partial<PlanOptions> = {}): Promise<Plan> {
    const history = await this.#driver().readHistory(options);
    const verified = await this.verify(selector, { signal: options.signal, history });
    return planMigration(verified, history, this.#planOptions(options));
  }

  /** Brings the database to the release. Nothing to do is success. */
  apply(selector = 'latest', options: RunOptions = {}): Promise<readonly AppliedRelease[]> {
    return this.#run(() => this.plan(selector, options), options);
  }

  /** Goes back to `target`; to the release before the current one when it is left out; `null` undoes all. */
  rollback(target?: string | null, options: RunOptions = {}): Promise<readonly AppliedRelease[]> {
    return this.#run(() => this.planRollback(target, options), options);
  }

  async planRollback(target?: string | null, options: CallOptions & Partial<PlanOptions> = {}): Promise<Plan> {
    const history = await this.#driver().readHistory(options);
    requireFinishedApply(history, target === undefined ? 'previous' : 'named');
    const current = currentRelease(history);
    if (current === null) throw nothingApplied();
    const verified = await this.verify(current.artifactDigest, { signal: options.signal, history });
    const version = target === undefined ? (verified.manifest.previous?.version ?? null) : toTarget(target);
    return planRollback(verified, history, version, this.#planOptions(options));
  }

  /** Where the database is, compared with a release of the storage. */
  async status(selector = 'latest', options?: CallOptions): Promise<DatabaseStatus> {
    const artifact = await this.#pullIfThere(selector, options);
    return describeStatus(await this.#driver().readHistory(options), artifact);
  }

  /**
   * What changes in the schema from release `a` to release `b`, in either direction.
   *
   * Both are applied to scratch databases, to one where the newer release descends from the older.
   */
  async diff(a: string, b: string, options: RunOptions = {}): Promise<readonly SchemaDifference[]> {
    const [left, right] = [await this.verify(a, options), await this.verify(b, options)];
    const [older, newer] =
      compareVersions(left.manifest.version, right.manifest.version) < 0 ? [left, right] : [right, left];
    const [from, to] = [left.manifest.version, right.manifest.version];
    const isOneLine = artifactDigestOf(newer, older.manifest.version) === older.root.digest;
    const together = isOneLine ? await this.#rehearse(newer, [from, to], options) : null;
    const before = schemaAt(from, together ?? (await this.#rehearse(left, [from], options)));
    return compareSnapshots(before, schemaAt(to, together ?? (await this.#rehearse(right, [to], options))));
  }

  /** Whether the database still has the schema that its ledger recorded, and what differs. */
  drift(options?: CallOptions): Promise<DriftReport> {
    return detectDrift(this.#driver(), options);
  }

  /**
   * Takes up a database that was there before: records a release, runs nothing. `detect` finds the release whose schema
   * the database has, by what all releases declare, or by what scratch databases show.
   *
   * @throws {SquizzleError} `SCHEMA_UNKNOWN` where that is no release, or not surely one alone; `BASELINE_REFUSED`.
   */
  async baseline(selector: string | { readonly detect: true }, options: RunOptions = {}): Promise<LedgerEvent> {
    const driver = this.#driver();
    const { environment } = this.#planOptions(options);
    requireNoRelease(await driver.readHistory(options));
    const { release, detected } =
      typeof selector === 'string' ? { release: selector, detected: undefined } : await this.#detect(options);
    const artifact = await this.verify(release, options);
    const plan = planBaseline(artifact, await driver.readHistory(options), { environment, detected });
    return recordBaseline(plan, driver, this.#applyOptions(options));
  }

  /** Looks at the database from every side; compared with a release of the storage, where there is one. */
  async diagnose(selector = 'latest', options: CallOptions = {}): Promise<readonly Finding[]> {
    const artifact = await this.#pullIfThere(selector, options);
    return diagnoseDatabase(this.#driver(), { artifact, signal: options.signal });
  }

  /** Does what a diagnosis proposes, and nothing that could lose what anybody wanted. */
  async repair(options: Partial<ApplyOptions> = {}): Promise<readonly RepairOutcome[]> {
    return repairDatabase(await this.diagnose('latest', options), this.#driver(), this.#applyOptions(options));
  }

  /** Forward, a new plan leads to the same release. Back, it could undo what nobody meant to undo: that one is thrown. */
  async #run(plan: () => Promise<Plan>, options: Partial<ApplyOptions>): Promise<readonly AppliedRelease[]> {
    for (let attempt = 1; ; attempt++) {
      const made = await plan();
      try {
        return await applyPlan(made, this.#driver(), this.#applyOptions(options));
      } catch (cause) {
        const isHopeless = made.direction === 'down' || attempt === REPLANS;
        if (isHopeless || !isSquizzleError(cause, 'PLAN_STALE')) throw cause;
      }
    }
  }

  #applyOptions(options: Partial<ApplyOptions>): ApplyOptions {
    const { actor = 'unknown', client = '@squizzle/core' } = this.#options;
    return { actor, client, ...options };
  }

  /** The release whose schema the database has, by the digest it was published as. */
  async #detect(options: RunOptions): Promise<{ readonly release: string; readonly detected: SchemaCandidate }> {
    const latest = await this.verify('latest', options);
    const versions = latest.releases.map(({ version }) => version);
    const isRehearsed = this.#options.scratch !== undefined;
    const seen = isRehearsed ? rehearsedSchemas(await this.#rehearse(latest, versions, options)) : [];
    const live = await this.#driver().snapshotSchema(options);
    const detected = detectRelease(live, versions, [...declaredSchemas(latest), ...seen]);
    return { release: artifactDigestOf(latest, detected.version) ?? detected.version, detected };
  }

  #rehearse(
    artifact: VerifiedArtifact,
    versions: readonly Version[],
    options: RunOptions,
  ): Promise<ReadonlyMap<Version, SchemaSnapshot>> {
    const { scratch } = this.#options;
    if (scratch === undefined) throw new TypeError('this needs scratch databases: give MigrationEngine a scratch');
    const { signal, onEvent } = options;
    const told: RehearseSchemasOptions = { environment: this.#planOptions(options).environment, signal, onEvent };
    return schemasOfReleases(artifact, versions, scratch, told);
  }

  async #pullIfThere(selector: string, options?: CallOptions): Promise<PulledArtifact | null> {
    return this.#pull(selector, options).catch((cause: unknown) => {
      if (isSquizzleError(cause, 'ARTIFACT_NOT_FOUND')) return null;
      throw cause;
    });
  }

  async #pull(selector: string, options?: CallOptions): Promise<PulledArtifact> {
    return pullArtifact(toSelector(selector), this.#options.storage.content, options);
  }

  #planOptions(options: Partial<PlanOptions>): PlanOptions {
    const { environment = 'development' } = this.#options;
    return { environment: options.environment ?? environment, transaction: options.transaction };
  }

  #driver(): DatabaseDriver & DatabaseInspector {
    const { driver } = this.#options;
    if (driver === undefined) throw new TypeError('this needs a database: give MigrationEngine a driver');
    return driver;
  }
}

function schemaAt(version: Version, schemas: ReadonlyMap<Version, SchemaSnapshot>): SchemaSnapshot {
  const schema = schemas.get(version);
  if (schema === undefined) throw new RangeError(`the schema of ${version} was asked for and is not there`);
  return schema;
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
