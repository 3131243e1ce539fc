/**
 * Why no connection came about, and what to do: by SQLSTATE and system code, never by the wording of a message.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { ConnectionTarget } from './connection-target.ts';
import { isServerMessage, ServerFailure, type ServerMessage } from './sql-connection.ts';

/** What the server says no to, by SQLSTATE, with advice. `null` stands for "denied", the rest for "unreachable". */
const ADVICE: Readonly<Record<string, (target: ConnectionTarget) => string>> = {
  '28P01': () => 'the password is wrong, or the role does not exist or has no password: check the connection string',
  '28000': () =>
    'the role does not exist, may not log in, or pg_hba.conf has no entry for it from here (with or without TLS): check the user, pg_hba.conf, and sslmode',
  '42501': ({ database, user }) =>
    `the role lacks the right to connect: as the owner run GRANT CONNECT ON DATABASE "${database}" TO "${user}"`,
  '3D000': ({ database }) => `database "${database}" does not exist: create it with CREATE DATABASE "${database}"`,
  '53300': () => 'the server has no connection left: close some, or raise max_connections',
  '57P03': () => 'the server is starting up, shutting down or recovering: try again in a moment',
  '08P01': () =>
    'the peer broke the protocol: is it a PostgreSQL server, or a pooler that refuses start-up parameters?',
};
const DENIED = new Set(['28P01', '28000', '42501']);

const NETWORK_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the server running, and are host and port right?',
  ENOTFOUND: 'the host name is unknown: check its spelling and the DNS',
  EAI_AGAIN: 'the host name could not be looked up just now: check the DNS and the network',
  EHOSTUNREACH: 'there is no route to the host: check the network, VPN and firewall',
  ENETUNREACH: 'there is no route to the network: check the network, VPN and firewall',
  ETIMEDOUT: 'no answer in time: check host, port and firewall',
  ECONNRESET: 'the peer closed the connection: is it a PostgreSQL server, and does it want TLS (sslmode=verify-full)?',
  ENOENT: 'there is no such socket: is the server running, and is its socket folder right?',
  EACCES: 'the socket may not be opened by this user',
};
const TLS_ADVICE =
  'the server’s certificate is not trusted: name its authority with sslrootcert=/path/ca.pem, or encrypt without checking with uselibpqcompat=true&sslmode=require';

/** From what `pg` threw while connecting. */
export function toConnectError(thrown: unknown, target: ConnectionTarget, waitedMs: number): SquizzleError {
  if (isServerMessage(thrown)) return refusedByServer(thrown, target);
  const code = systemCode(thrown);
  const database = target.description;
  const advice = adviceFor(thrown, code, waitedMs);
  const cause = toCause(thrown, target);
  return new SquizzleError('DATABASE_UNREACHABLE', `no connection to ${database}: ${advice}`, { database }, { cause });
}

function refusedByServer(message: ServerMessage, target: ConnectionTarget): SquizzleError {
  const sqlState = message.code ?? 'XX000';
  const said = target.redact(message.message);
  const advice = ADVICE[sqlState]?.(target);
  const text = `${target.description} refused the connection: ${said} (${sqlState})${advice === undefined ? '' : `; ${advice}`}`;
  const cause = new ServerFailure({ ...message, message: said }, 0);
  const database = target.description;
  if (DENIED.has(sqlState)) return new SquizzleError('DATABASE_DENIED', text, { database, sqlState }, { cause });
  return new SquizzleError('DATABASE_UNREACHABLE', text, { database }, { cause });
}

function adviceFor(thrown: unknown, code: string | null, waitedMs: number): string {
  if (code === null) return `no answer within ${waitedMs} ms: check host, port, firewall and sslmode`;
  const known = NETWORK_ADVICE[code];
  if (known !== undefined) return `${known} (${code})`;
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return `${TLS_ADVICE} (${code})`;
  return thrown instanceof Error ? `the connection failed (${code})` : code;
}

/** Of an attempt at several addresses, the first one's. */
function systemCode(thrown: unknown): string | null {
  const first: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code: unknown = (first as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

/** The message alone: other fields and the stack of a foreign error might hold the connection string. */
function toCause(thrown: unknown, target: ConnectionTarget): Error {
  return new Error(target.redact(thrown instanceof Error ? thrown.message : 'unknown'));
}

/** Why the server ends a session that it has let in, by SQLSTATE. */
const ENDED: Readonly<Record<string, string>> = {
  '57P01': 'an administrator ended the session, or the server was shut down',
  '57P02': 'another process of the server crashed, and it recovers now',
  '57P03': 'the server is shutting down or recovering',
  '57P04': 'the database was dropped',
  '57P05': 'it was idle for longer than idle_session_timeout allows',
  '25P03': 'it was idle in a transaction for longer than idle_in_transaction_session_timeout allows',
  '25P04': 'its transaction took longer than transaction_timeout allows',
  '40001': 'it stood in the way of what the standby had to replay',
};

/** Whether the server ends sessions with this SQLSTATE. A statement may raise it too: it alone is no proof. */
export function endsSession(sqlState: string): boolean {
  return sqlState in ENDED && sqlState !== '40001';
}

/** @param lastWords what the server said before it ended the session, if anything was heard. */
export function connectionLost(description: string, lastWords?: ServerFailure): SquizzleError<'CONNECTION_LOST'> {
  const why = reasonOf(lastWords);
  const message = `the connection to ${description} broke while it was used: ${why}`;
  const options = lastWords === undefined ? {} : { cause: lastWords };
  return new SquizzleError('CONNECTION_LOST', message, { database: description }, options);
}

function reasonOf(lastWords: ServerFailure | undefined): string {
  if (lastWords === undefined) return 'the server was restarted, the session was ended, or the network failed';
  const { sqlState, message } = lastWords;
  return `${ENDED[sqlState] ?? `the server ended the session with "${message}"`} (${sqlState})`;
}
