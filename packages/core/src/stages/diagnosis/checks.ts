/**
 * Every check, in the order in which a person reads them: the server, the ledger, what it tells, the schema, sessions.
 *
 * @module
 */
import type { FindingCheck } from '../../model/diagnosis.ts';
import { checkChain } from './chain-check.ts';
import { checkDetaches, checkIndexes } from './catalog-checks.ts';
import { checkJournal } from './journal-check.ts';
import { checkGuard, checkLedger, checkSystemVersion } from './ledger-checks.ts';
import { checkReleases, checkUnfinished } from './release-checks.ts';
import type { Check } from './run-check.ts';
import { checkSchema } from './schema-check.ts';
import { checkServer, checkSessions } from './server-checks.ts';

export const CHECKS: readonly (readonly [check: FindingCheck, look: Check])[] = [
  ['server', checkServer],
  ['ledger', checkLedger],
  ['system-version', checkSystemVersion],
  ['ledger-guard', checkGuard],
  ['chain', checkChain],
  ['steps', checkJournal],
  ['releases', checkReleases],
  ['unfinished', checkUnfinished],
  ['schema', checkSchema],
  ['indexes', checkIndexes],
  ['detaches', checkDetaches],
  ['sessions', checkSessions],
];
