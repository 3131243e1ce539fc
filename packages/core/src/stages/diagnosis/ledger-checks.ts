/**
 * The ledger as a set of tables: whether it is there, of which layout, and guarded.
 *
 * @module
 */
import type { LedgerExamination, LedgerFault } from '../../model/diagnosis.ts';
import type { Facts } from './facts.ts';
import { fault, note, orSound, sound, type ToldFinding } from './told-finding.ts';

const NO_LEDGER = sound('there is no ledger yet');

export function checkLedger({ examination }: Facts): readonly ToldFinding[] {
  if (examination().ledger !== null) return [sound('the ledger is there')];
  return [note('there is no ledger yet', "the first 'squizzle apply' makes it, or 'squizzle init --db'")];
}

export function checkSystemVersion({ examination }: Facts): readonly ToldFinding[] {
  const { ledger } = examination();
  return [ledger === null ? NO_LEDGER : compareLayouts(ledger)];
}

function compareLayouts({ systemVersion: found, knownSystemVersion: known }: LedgerExamination): ToldFinding {
  if (found === 0) return fault('the version of the tables of the ledger cannot be read', null);
  const message = `the tables of the ledger are of version ${found}, this program writes version ${known}`;
  if (found > known) return fault(message, 'use the release of SQUIZZLE that migrated this database, or a newer one');
  if (found < known) return note(message, 'nothing to do: the next apply upgrades them in place');
  return sound(`the tables of the ledger are of version ${found}, as this program writes them`);
}

export function checkGuard({ examination }: Facts): readonly ToldFinding[] {
  const { ledger } = examination();
  if (ledger === null) return [NO_LEDGER];
  return orSound(ledger.faults.map(tellFault), 'every part of the ledger is as it was made');
}

function tellFault({ part, state, isLost }: LedgerFault): ToldFinding {
  if (isLost === true) {
    return fault(`${part} is ${state}, so what the ledger says is not whole`, 'only a backup brings back what it held');
  }
  return fault(
    `${part} is ${state}: the ledger is not guarded, or not shown, as it was made`,
    "find out who changed it; 'squizzle doctor --repair' makes it anew and leaves the rows alone",
    { kind: 'restore-ledger-guard' },
  );
}
