/**
 * Runs one check so that whatever it meets ends as a finding.
 *
 * @module
 */
import type { Finding, FindingCheck } from '../../model/diagnosis.ts';
import { isReportable, type Facts } from './facts.ts';
import { fault, note, type ToldFinding } from './told-finding.ts';

/** Tells at least one finding. */
export type Check = (facts: Facts) => readonly ToldFinding[] | Promise<readonly ToldFinding[]>;

export async function runCheck(check: FindingCheck, look: Check, facts: Facts): Promise<readonly Finding[]> {
  try {
    return (await look(facts)).map(({ state, message, remedy, repair }) => ({ check, state, message, remedy, repair }));
  } catch (cause) {
    if (!isReportable(cause)) throw cause;
    const reporter = facts.failures.get(cause);
    const isTold = reporter !== undefined && reporter !== check;
    return [{ check, ...(isTold ? note(`not looked at: ${NEEDED[reporter] ?? ''}`) : fault(cause.message, null)) }];
  }
}

/** By the check that reports that it could not be read. */
const NEEDED: Partial<Record<FindingCheck, string>> = {
  server: "the server's settings could not be read (see 'server')",
  ledger: "the examination did not come to its end (see 'ledger')",
  chain: "the ledger's events could not be read (see 'chain')",
};
