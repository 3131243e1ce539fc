/**
 * What to do about a statement that was refused, by SQLSTATE alone. It adds to what the server says and never repeats it.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 * @module
 */
import type { ScriptSettings } from '../../model/release-manifest.ts';

/** The limits that the statement ran under; `undefined` where the server's own held. Milliseconds. */
export interface AdviceContext {
  /** Those that the file asks for. */
  readonly file: ScriptSettings;
  readonly lockTimeoutMs?: number | undefined;
  readonly statementTimeoutMs?: number | undefined;
  /** How often it was tried. */
  readonly tries: number;
}

const DATA =
  'rows that are there do not fit: find them, mend them (in a migration of their own, or a check before this one), then run again';
const EXISTS =
  "somebody made it by hand, or another tool did: 'squizzle drift' and 'squizzle baseline' are for that; else CREATE … IF NOT EXISTS";
const MISSING =
  "it is made by a later file, was taken away by hand ('squizzle drift' tells), or lies in a schema that has to be named";

const ADVICE: Readonly<Record<string, string | ((context: AdviceContext) => string)>> = {
  '55P03': ({ tries, ...limits }) =>
    `${lockLimit(limits)}, ${tried(tries)}: run it when less goes on; a longer limit ('-- squizzle: lock_timeout=10s') holds up everybody who comes after it`,
  '40P01': ({ tries }) =>
    `${tried(tries)}: others lock the same objects in another order; run it when less goes on, or let fewer objects share a transaction ('--transaction step')`,
  '40001': ({ tries }) => `${tried(tries)}: others change the same rows all the time; run it when less goes on`,
  '57014': (limits) => `${statementLimit(limits)}; '-- squizzle: statement_timeout=10min' in the file gives it more`,
  '53100':
    'the disk of the server is full: make room (a table that is rewritten needs its size once more), then run again',
  '53200':
    "where it is the lock table that is full: '--transaction step' lets each file commit by itself; else the server has too little memory for the statement (work_mem, maintenance_work_mem)",
  '53300': 'too many sessions are open: end some, or run it when less goes on',
  '25006':
    'the session may only read: is this a standby, or default_transaction_read_only set for the role or database?',
  '25001':
    "it cannot run inside a transaction: '-- squizzle: transaction=off' in a file of its own lets it run by itself",
  '42501': 'the role that migrates lacks the right: grant it, or migrate as the owner of the object',
  '23505': DATA,
  '23514': DATA,
  '23502': DATA,
  '23503': DATA,
  '0A000': 'this server cannot do that: look whether its version, or the kind of the object, allows it',
  '42P07': EXISTS,
  '42701': EXISTS,
  '42710': EXISTS,
  '42P01': MISSING,
  '42703': MISSING,
};

/** @returns `null` where there is nothing to add. */
export function adviceFor(sqlState: string, context: AdviceContext): string | null {
  const advice = ADVICE[sqlState];
  return typeof advice === 'function' ? advice(context) : (advice ?? null);
}

const tried = (tries: number): string => (tries === 1 ? 'tried once' : `tried ${tries} times`);

const DEFAULT_LOCK_TIMEOUT_MS = 3_000;

function lockLimit({ file, lockTimeoutMs }: Omit<AdviceContext, 'tries'>): string {
  const ms = file.lockTimeoutMs ?? lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
  return `somebody held the lock for longer than lock_timeout (${ms / 1_000} s)`;
}

function statementLimit({ file, statementTimeoutMs }: AdviceContext): string {
  const [ms, whose] =
    file.statementTimeoutMs === undefined
      ? [statementTimeoutMs, "that of '--statement-timeout' or squizzle.yaml"]
      : [file.statementTimeoutMs, 'that of the file'];
  const limit = ms === undefined ? 'that of the role, the database or the server' : `${ms / 1_000} s, ${whose}`;
  return `it ran into statement_timeout (${limit}), or somebody cancelled it`;
}
