/**
 * What the contract suite needs of a driver under test.
 *
 * @module
 */
import type { Store } from '../../src/storage/contracts.ts';

/** A store with nothing in it, and what surrounds it. */
export interface StoreFixture {
  readonly store: Store;
  /** Another store on the same data, as after a restart. The first one is not used from then on. */
  reopen?(): Promise<Store>;
  /** Moves the clock that the store was given. No time passes, and other clocks stay. */
  advance(ms: number): void;
  /** Closes every store that was opened and removes the data. */
  close(): Promise<void>;
}

/** What sessions have by default, as the requirements say. */
export const UPLOAD_EXPIRY_MS = 3_600_000;

/** What differs between drivers, where the contract leaves them the choice. */
export interface StoreAbilities {
  /** The data outlive the store: the fixture has `reopen`. Default: no. */
  readonly restarts?: boolean;
  /**
   * What the fixture's stores were opened with: minutes at least, so that what real time a test takes is no matter.
   * Default: one hour.
   */
  readonly uploadExpiryMs?: number;
  /** What the fixture's stores were opened with. Left out, nothing is too large and that is not tested. */
  readonly maxBlobBytes?: number;
  /** Random sequences of operations that are compared with the model. Default: 30. */
  readonly numRuns?: number;
}

/** The fixture of the running test. */
export type CurrentFixture = () => StoreFixture;
