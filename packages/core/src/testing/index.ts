/**
 * Contract suites and fakes for implementers of core's contracts. Needs vitest, which stays the caller's.
 *
 * @module
 */
export { describeDatabaseDriverContract } from './database-driver-contract.ts';
export {
  describeDatabaseInspectorContract,
  type InspectorCapabilities,
  type InspectorFixture,
} from './database-inspector-contract.ts';
export type { Capability, DatabaseCapabilities, DatabaseFixture } from './database-fixture.ts';
export { journalEntry, ledgerEntry, sealedLedger } from './ledger-samples.ts';
export type { MemoryDatabase, MemoryState } from './memory-database.ts';
export { createSourceTree, createStatementAnalyzer, emptyRelease } from './release-builder.ts';
export { createMemoryDatabase, createMemoryDriver } from './memory-driver.ts';
export { createMemoryScratch, type MemoryScratch } from './memory-scratch.ts';
export {
  fetchAll,
  inChunks,
  pushImage,
  sampleBlob,
  sampleBytes,
  sampleImage,
  sampleIndex,
  sampleSha512Blob,
  tagsOf,
  toTag,
  type Sample,
  type StoreFixture,
} from './content-samples.ts';
export { describeContentStoreContract, type ContentStoreTraits } from './content-store-contract.ts';
export { describeDeletableContract, type DeletableTraits } from './deletable-contract.ts';
export { describeImmutableTagContract } from './immutable-tag-contract.ts';
export { createMemoryContentStore, type MemoryContentStore } from './memory-content-store.ts';
export {
  describeReferrerContract,
  describeReferrerRemovalContract,
  type ReferrerRemovalTraits,
} from './referrer-contract.ts';
export { describeScratchDatabasesContract, type ScratchFixture } from './scratch-contract.ts';
export { attach, referrersOf, sampleReferrer, sampleReferrerIndex, type ReferrerTraits } from './referrer-samples.ts';
export { sampleSignature, sign, type SampleSignature } from './signature-samples.ts';
export { describeSignatureTagContract } from './signature-tag-contract.ts';
