/**
 * What the contract suite needs of a driver under test.
 *
 * @module
 */
import type { Store } from '../contracts.ts';

/** A store with nothing in it, and what surrounds it. */
export interface StoreFixture {
  readonly store: Store;
  /** Another store on the same data, as after a restart. The first one is not used from then on. */
  reopen?(): Promise<Store>;
  /** Moves the clock that the store was given, and nothing else: no time passes. */
  advance(ms: number): void;
  /** Closes every store that was opened and removes the data. */
  close(): Promise<void>;
}

/** What differs between drivers, where the contract leaves them the choice. */
export interface StoreAbilities {
  /** The data outlive the store: the fixture has `reopen`. Default: no. */
  readonly restarts?: boolean;
  /** What the fixture's stores were opened with. Default: one hour. */
  readonly uploadExpiryMs?: number;
  /** What the fixture's stores were opened with. Left out, nothing is too large and that is not tested. */
  readonly maxBlobBytes?: number;
  /** Random sequences of operations that are compared with the model. Default: 30. */
  readonly numRuns?: number;
}

/** The fixture of the running test. */
export type CurrentFixture = () => StoreFixture;
