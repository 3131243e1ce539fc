/**
 * The one snapshot of the schema that the ledger keeps, so that a drift can be shown object by object.
 *
 * It is JSON, compressed. What is read is trusted only when it has the digest that it was asked for by.
 *
 * @module
 */
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { schemaDigest, SquizzleError, type LedgerEvent, type SchemaObject, type SchemaSnapshot } from '@squizzle/core';
import { failedWith, type Row, type SqlConnection } from '../connection/sql-connection.ts';
import { toLedgerError } from './ledger-errors.ts';
import type { LedgerNames } from './ledger-names.ts';

type Digest = LedgerEvent['artifactDigest'];

const UNDEFINED_TABLE = '42P01';
/** About a million objects; 6,000 take 1.5 MB and, compressed, 0.1 MB. */
const [MAX_JSON_BYTES, MAX_CONTENT_BYTES] = [256 * 2 ** 20, 64 * 2 ** 20] as const;
const compress = promisify(gzip);
const expand = promisify(gunzip);

/** In the caller's transaction. One that is too large is not kept, nor is then the one before. */
export async function keepSnapshot(
  connection: SqlConnection,
  names: LedgerNames,
  description: string,
  digest: Digest,
  snapshot: SchemaSnapshot,
): Promise<void> {
  const content = await toContent(snapshot);
  try {
    if (content === null) await connection.query(`DELETE FROM ${names.snapshots}`);
    else await connection.query(replaceSql(names), [digest, content.toString('base64')]);
  } catch (error) {
    throw toLedgerError(error, names, description, 'write the ledger');
  }
}

async function toContent({ objects }: SchemaSnapshot): Promise<Buffer | null> {
  const json = Buffer.from(JSON.stringify({ objects }));
  if (json.byteLength > MAX_JSON_BYTES) return null;
  const content = await compress(json, { level: constants.Z_BEST_SPEED });
  return content.byteLength > MAX_CONTENT_BYTES ? null : content;
}

const replaceSql = ({ snapshots }: LedgerNames): string => `
WITH others AS (DELETE FROM ${snapshots} WHERE digest <> $1)
INSERT INTO ${snapshots} (digest, content) VALUES ($1, decode($2, 'base64'))
ON CONFLICT (digest) DO UPDATE SET content = excluded.content, recorded_at = clock_timestamp()`;

/** @returns `null` where it is not kept: another one is, or the ledger is older than such snapshots, or there is none. */
export async function readKeptSnapshot(
  connection: SqlConnection,
  names: LedgerNames,
  description: string,
  digest: Digest,
): Promise<SchemaSnapshot | null> {
  const row = await findContent(connection, names, description, digest);
  if (row === undefined) return null;
  const snapshot = await fromContent(row['content'] ?? null, digest);
  if (snapshot === null) throw damaged(names, digest);
  return snapshot;
}

async function findContent(
  connection: SqlConnection,
  names: LedgerNames,
  description: string,
  digest: Digest,
): Promise<Row | undefined> {
  const sql = `SELECT CASE WHEN octet_length(content) <= ${MAX_CONTENT_BYTES} THEN encode(content, 'base64') END AS content
FROM ${names.snapshots} WHERE digest = $1`;
  try {
    const [row] = await connection.query(sql, [digest]);
    return row;
  } catch (error) {
    if (failedWith(error, UNDEFINED_TABLE)) return undefined;
    throw toLedgerError(error, names, description, 'read the ledger');
  }
}

/** `null`: it is not what was written here. */
async function fromContent(base64: string | null, digest: Digest): Promise<SchemaSnapshot | null> {
  if (base64 === null) return null;
  try {
    const json = await expand(Buffer.from(base64, 'base64'), { maxOutputLength: MAX_JSON_BYTES });
    const read: unknown = JSON.parse(json.toString('utf8'));
    return isSnapshot(read) && schemaDigest(read) === digest ? read : null;
  } catch {
    return null; // not compressed, too large, no JSON, or JSON that has no canonical form
  }
}

function isSnapshot(read: unknown): read is SchemaSnapshot {
  const objects: unknown = (read as { readonly objects?: unknown } | null)?.objects;
  return Array.isArray(objects) && objects.every(isObject);
}

function isObject(each: unknown): each is SchemaObject {
  const { kind, name, definition } = (each ?? {}) as Partial<Record<keyof SchemaObject, unknown>>;
  return typeof kind === 'string' && typeof name === 'string' && typeof definition === 'object' && definition !== null;
}

function damaged(names: LedgerNames, digest: Digest): SquizzleError {
  const reason = `the snapshot kept as ${digest} does not have that digest`;
  const message = `${names.snapshots} was changed by other hands: ${reason}. Take it away with DELETE FROM ${names.snapshots}; the next apply keeps another`;
  return new SquizzleError('LEDGER_INVALID', message, { reason });
}
