/**
 * What may happen to a run, and what comes of it: the table of docs/faults.md. Each row is played by the test that it
 * names, which takes the codes that it asserts from here.
 *
 * @module
 */
import { OUTSIDE_FAULTS } from './table/outside-faults.ts';
import { STATEMENT_FAULTS } from './table/statement-faults.ts';

export type { Fault } from './table/fault.ts';

export const FAULTS = { ...STATEMENT_FAULTS, ...OUTSIDE_FAULTS } as const;

export type FaultName = keyof typeof FAULTS;
