/**
 * Scratch databases on a server: made beside the database of the connection string, which is connected to for that and
 * otherwise left alone, and dropped with whoever still uses them.
 *
 * A run that is killed leaves its database: `squizzle_scratch_` and 16 hexadecimal digits, which nobody needs any more.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { SquizzleError, type CallOptions, type ScratchDatabase, type ScratchDatabases } from '@squizzle/core';
import { refuseAborted } from '../connection/abort.ts';
import { parseConnectionTarget, type ConnectionTarget } from '../connection/connection-target.ts';
import { createOpener, type Open } from '../connection/opener.ts';
import { failedWith, ServerFailure } from '../connection/sql-connection.ts';
import { quoteIdentifier } from '../identifier.ts';
import { createPostgresDriver, DEFAULT_CONNECT_TIMEOUT_MS } from '../postgres-driver.ts';
import { toStatementFailed } from '../session/statement-error.ts';
import { withDatabase } from './scratch-url.ts';

export interface ScratchServerOptions {
  /** Of any database of the server, as a role that may create databases. */
  readonly connectionString: string;
  /** Schema of the ledger in scratch databases; `squizzle` unless said. */
  readonly ledgerSchema?: string | undefined;
  /** How long to wait for a connection; 4 000 unless said. */
  readonly connectTimeoutMs?: number | undefined;
}

const PREFIX = 'squizzle_scratch_';
const INSUFFICIENT_PRIVILEGE = '42501';
const CREATING = 'creating a scratch database';

/** @throws {SquizzleError} `CONFIG_INVALID` when the connection string or the schema's name cannot be used. */
export function createScratchServer(options: ScratchServerOptions): ScratchDatabases {
  const target = parseConnectionTarget(options.connectionString);
  const open = createOpener(target, options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS);
  const toDriver = (name: string): ScratchDatabase['driver'] =>
    createPostgresDriver({ ...options, connectionString: withDatabase(options.connectionString, name) });
  toDriver(PREFIX);
  return {
    description: `scratch databases (${PREFIX}…) beside ${target.description}`,
    create: async (call) => {
      const name = `${PREFIX}${randomBytes(8).toString('hex')}`;
      await create(open, target, name, call);
      return toScratch(open, name, toDriver(name));
    },
  };
}

function toScratch(open: Open, name: string, driver: ScratchDatabase['driver']): ScratchDatabase {
  let dropped: Promise<void> | null = null;
  return {
    driver,
    [Symbol.asyncDispose]: () => {
      dropped ??= drop(open, name);
      return dropped;
    },
  };
}

/** `template0` is as the server's release made it, whatever others have put into `template1`. */
async function create(
  open: Open,
  target: ConnectionTarget,
  name: string,
  call: CallOptions | undefined,
): Promise<void> {
  refuseAborted(call?.signal, CREATING);
  try {
    await administer(open, call, `CREATE DATABASE ${name} TEMPLATE template0`);
    refuseAborted(call?.signal, CREATING);
  } catch (error) {
    if (failedWith(error, INSUFFICIENT_PRIVILEGE)) throw denied(target, error);
    await drop(open, name).catch(() => undefined); // where the answer was lost it may be there
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  }
}

async function drop(open: Open, name: string): Promise<void> {
  try {
    await administer(open, {}, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } catch (error) {
    const told = error instanceof ServerFailure ? toStatementFailed(error, -1) : (error as Error);
    told.message += `. A scratch database is left: DROP DATABASE ${name} WITH (FORCE)`;
    throw told;
  }
}

async function administer(open: Open, call: CallOptions | undefined, statement: string): Promise<void> {
  const connection = await open({ signal: call?.signal });
  try {
    await connection.send(statement);
  } finally {
    await connection.close();
  }
}

function denied({ description, user }: ConnectionTarget, cause: ServerFailure): SquizzleError {
  const message = `${description}: the role may not create databases: ${cause.message}. As a superuser run ALTER ROLE ${quoteIdentifier(user)} CREATEDB, or give another server for scratch databases`;
  const details = { database: description, sqlState: cause.sqlState };
  return new SquizzleError('DATABASE_DENIED', message, details, { cause });
}
