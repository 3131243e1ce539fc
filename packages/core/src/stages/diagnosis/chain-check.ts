/**
 * Whether the ledger's events are those that were written. A chain whose end was cut off is whole again: that shows only
 * against a head that was noted elsewhere, or against a journal that knows of later runs.
 *
 * @module
 */
import { findBrokenEvent, hashEvent, type LedgerEvent } from '../../model/ledger-event.ts';
import type { Facts } from './facts.ts';
import { fault, sound, type ToldFinding } from './told-finding.ts';

export function checkChain({ history }: Facts): readonly ToldFinding[] {
  const { events } = history();
  const head = events.at(-1);
  if (head === undefined) return [sound('the ledger has no events yet')];
  const broken = findBrokenEvent(events);
  if (broken !== undefined) return [fault(describe(broken, events), REMEDY)];
  return [
    sound(
      `events 1 to ${head.seq} are as they were written; head ${head.hash} (that none was cut off after it, ` +
        "only a head noted elsewhere can prove: 'squizzle history' prints it)",
    ),
  ];
}

const REMEDY =
  "someone changed the ledger by hand: compare it with a backup and with what earlier runs printed ('squizzle history'); " +
  'SQUIZZLE never rewrites it';

function describe(broken: LedgerEvent, events: readonly LedgerEvent[]): string {
  const at = events.indexOf(broken);
  const before = events[at - 1];
  const what = `event ${broken.seq} (${broken.event} ${broken.version})`;
  if (broken.seq !== at + 1) return `${what} stands where event ${at + 1} belongs: rows are missing or doubled`;
  if (broken.hash !== hashEvent(broken)) return `${what} is not what was written: its hash is that of another content`;
  const link = before === undefined ? 'says that one came before it' : `does not follow from event ${before.seq}`;
  return `${what} ${link}: a row before it was changed, removed or put in`;
}
