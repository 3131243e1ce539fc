/**
 * The server, and who is at work on it: what a migration would wait for.
 *
 * @module
 */
import type { OpenTransaction } from '../../model/diagnosis.ts';
import type { Facts } from './facts.ts';
import { note, orSound, sound, type ToldFinding } from './told-finding.ts';

export function checkServer({ server }: Facts): readonly ToldFinding[] {
  const { version, readOnly } = server();
  if (!readOnly) return [sound(`PostgreSQL ${version}`)];
  const message = `PostgreSQL ${version}, a standby or read-only: it can be looked at, not migrated`;
  return [note(message, 'migrate its primary; what is done there comes here by replication')];
}

export function checkSessions({ examination }: Facts): readonly ToldFinding[] {
  const { lockHolder, openTransactions } = examination();
  const holder = lockHolder === null ? [] : [note(`the migration lock is held by ${lockHolder}`)];
  return orSound(
    [...holder, ...openTransactions.map(tellTransaction)],
    'nobody holds the migration lock, and no transaction has been open for long',
  );
}

function tellTransaction({ pid, applicationName, state, sinceSeconds }: OpenTransaction): ToldFinding {
  const who = applicationName === '' ? `pid ${pid}` : `pid ${pid} (${applicationName})`;
  return note(
    `${who} has had a transaction open for ${ageOf(sinceSeconds)}, ${state}: a migration would wait for its locks`,
    `let it end, or end it: SELECT pg_terminate_backend(${pid}); what it did is then rolled back`,
  );
}

function ageOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}
