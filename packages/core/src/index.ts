export { ERROR_CATALOG, EXIT, type CatalogEntry, type ErrorCode } from './errors/error-catalog.ts';
export {
  SquizzleError,
  isSquizzleError,
  type BundleFault,
  type Denial,
  type ErrorDetails,
  type RegistryFault,
  type TextPosition,
} from './errors/squizzle-error.ts';
export { tagImmutable } from './errors/tag-immutable.ts';

export type { CallOptions } from './contracts/call-options.ts';
export type {
  ContentStore,
  DeletableStore,
  ImmutableTagStore,
  PushOutcome,
  ReferrerOptions,
  ReferrerStore,
} from './contracts/content-store.ts';
export type {
  DatabaseDriver,
  EffectState,
  HeldLock,
  LockConflict,
  LockHolder,
  LockOptions,
  MigrationSession,
  MigrationTransaction,
  Script,
  ServerFacts,
  ServerNotice,
  TransactionOptions,
} from './contracts/database-driver.ts';
export type { DatabaseInspector } from './contracts/database-inspector.ts';
export type { ScratchDatabase, ScratchDatabases } from './contracts/scratch-databases.ts';
export type { Attachment, Signer } from './contracts/signer.ts';
export type { Verification, VerificationContext, Verifier } from './contracts/verifier.ts';
export type {
  SqlAnalysis,
  SqlAnalyzer,
  SqlCheck,
  SqlDirectives,
  SqlStatement,
  StatementEffect,
} from './contracts/sql-analyzer.ts';

export { checksumOf, checksumToDigest, parseChecksum, type Checksum } from './model/checksum.ts';
export type {
  DatabaseExamination,
  Finding,
  FindingCheck,
  FindingRepair,
  FindingState,
  InvalidIndex,
  LedgerExamination,
  LedgerFault,
  OpenTransaction,
  PendingDetach,
  Repair,
} from './model/diagnosis.ts';
export { summarizeDifferences, type DifferenceSummary } from './model/difference-summary.ts';
export {
  appliedReleases,
  currentRelease,
  currentVersion,
  EMPTY_HISTORY,
  historyHead,
  recordedSchema,
  unfinishedRelease,
  type History,
  type JournalEntry,
  type UnfinishedRelease,
} from './model/history.ts';
export {
  findBrokenEvent,
  hashEvent,
  sealEntry,
  type LedgerDetails,
  type LedgerEntry,
  type LedgerEvent,
  type LedgerEventType,
} from './model/ledger-event.ts';
export {
  FORMAT_VERSION,
  type Assertion,
  type ReleaseManifest,
  type Requirements,
  type ScriptFile,
  type ScriptSettings,
  type StatementRange,
  type Step,
  type StepKind,
} from './model/release-manifest.ts';
export {
  compareSnapshots,
  schemaDigest,
  type PropertyDifference,
  type SchemaDifference,
  type SchemaObject,
  type SchemaSnapshot,
  type SchemaValue,
} from './model/schema-snapshot.ts';
export {
  compareVersions,
  isPrerelease,
  movingTagHolds,
  movingTags,
  nextVersion,
  parseVersion,
  versionOfTag,
  versionTag,
  type Bump,
  type Version,
} from './model/version.ts';
export { parseSelector, type Selector } from './model/selector.ts';
export { describeStatus, type DatabaseStatus, type ReleaseStatus } from './model/status.ts';
export {
  artifactDigestOf,
  type BuiltArtifact,
  type Document,
  type Identity,
  type PublishedArtifact,
  type PulledArtifact,
  type VerifiedArtifact,
} from './model/artifact.ts';
export type { Plan, PlannedRelease, PlanSegment, ScriptPart, TransactionScope } from './model/plan.ts';

export type { ArtifactContentStore, ArtifactStorage, StoredRelease } from './contracts/artifact-storage.ts';
export { createArtifactStorage, toSelector, type ArtifactStorageOptions } from './storage/artifact-storage.ts';
export { attachDocument, type Attached } from './storage/attach-document.ts';
export { copyContent, type ContentSource, type CopyContentOptions } from './storage/copy-content.ts';
export {
  copyAttached,
  copyReferrers,
  findReferrers,
  type CopyReferrersOptions,
  type FindReferrersOptions,
} from './storage/copy-referrers.ts';
export { referrerEntry, subjectOf } from './storage/referrer-entry.ts';
export { severalAtOnce, type AtOnceOptions } from './storage/several-at-once.ts';
export { addSignatures, readSignatureList, type SignatureList } from './storage/signature-list.ts';
export { SIGNATURE_LAYERS } from './storage/signature-payload.ts';
export {
  copySignatureTags,
  deleteSignatureTags,
  findSignatureTags,
  isDigestTag,
  isSignatureTag,
  signatureTags,
  type TaggedSignatures,
  type TaggedSource,
} from './storage/signature-tags.ts';
export { describeSelector, listVersions, versionAt } from './storage/resolve-selector.ts';

export { LABELS } from './format/image-assembly.ts';
export { assembleImageDocuments, type ImageDocuments, type ImageParts } from './format/image-documents.ts';
export type { FileEntry, FolderEntry, LayerEntries, LayerEntry, LinkEntry } from './format/layer-entry.ts';
export { FORMAT_LIMITS } from './format/limits.ts';
export { filesOf, releaseFolder, type ReleaseFiles } from './format/layer-reader.ts';
export { packEntries, type PackOptions } from './format/pack-entries.ts';
export { streamLayer, type LayerStream, type LayerSummary } from './format/stream-layer.ts';

export { LAYOUT_NAMES, type LayoutName } from './source/layouts/layouts.ts';
export { compareNatural } from './source/natural-order.ts';
export { readSourceFolder, type SourceFolders } from './source/read-source-folder.ts';
export type { SourceFile, SourceText, SourceTree } from './source/source-tree.ts';

export { applyPlan, type ApplyOptions } from './stages/apply.ts';
export {
  planBaseline,
  recordBaseline,
  requireNoRelease,
  type BaselineOptions,
  type BaselinePlan,
} from './stages/baseline.ts';
export { buildArtifact, type BuildOptions } from './stages/build.ts';
export {
  declaredSchemas,
  detectRelease,
  recordedSchemas,
  rehearsedSchemas,
  type SchemaCandidate,
} from './stages/detect-release.ts';
export { diagnoseDatabase, type DiagnoseOptions } from './stages/diagnose.ts';
export { detectDrift, type DriftReport } from './stages/drift.ts';
export type { AppliedRelease, MigrationEvent } from './stages/migration-event.ts';
export { planMigration, type PlanOptions } from './stages/plan.ts';
export {
  claimTags,
  publishArtifact,
  settleMovingTags,
  type ClaimOptions,
  type PublishOptions,
} from './stages/publish.ts';
export { pullArtifact, pullDescriptor, type PullOptions } from './stages/pull.ts';
export {
  isSound,
  rehearseRelease,
  type Rehearsal,
  type RehearseOptions,
  type RollbackRehearsal,
} from './stages/rehearse.ts';
export { schemasOfReleases, type RehearseSchemasOptions } from './stages/rehearse-schemas.ts';
export { withScratchDatabase } from './stages/rehearsal/scratch-scope.ts';
export type { StatementTrace } from './stages/rehearsal/trace-statements.ts';
export { repairDatabase, type RepairOutcome } from './stages/repair.ts';
export { planRollback, requireFinishedApply } from './stages/rollback.ts';
export { signArtifact } from './stages/sign.ts';
export type { Clock } from './stages/clock.ts';
export type { StatementLocator } from './stages/running/step-failure.ts';
export { verifyArtifact, type TrustPolicy, type UnsignedPolicy, type VerifyOptions } from './stages/verify.ts';
export { verifyChain } from './stages/verify-chain.ts';

export {
  MigrationEngine,
  type MigrationEngineOptions,
  type RunOptions,
  type SecurityProvider,
} from './engine/migration-engine.ts';
