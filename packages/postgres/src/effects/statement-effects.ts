/**
 * Looks in the catalog whether an interrupted statement has had its effect.
 *
 * Names come quoted as SQL needs them and are looked up as the statement would have: under the session's search path.
 *
 * @module
 */
import type { EffectState, StatementEffect } from '@squizzle/core';
import type { Row, SqlConnection } from '../connection/sql-connection.ts';
import { CLEAR_DETACH, FIND_CREATED_INDEX, FIND_DROPPED_INDEX, FIND_PARTITION, findByName } from './effect-queries.ts';

type CreateIndex = Extract<StatementEffect, { kind: 'create-index' }>;
type DetachPartition = Extract<StatementEffect, { kind: 'detach-partition' }>;

export async function inspectEffect(connection: SqlConnection, effect: StatementEffect): Promise<EffectState> {
  switch (effect.kind) {
    case 'rerunnable':
      return 'absent';
    case 'own-transaction':
    case 'unknown':
      return 'unknown';
    case 'create-index':
      return inspectCreatedIndex(connection, effect);
    case 'drop-index':
      return (await exists(connection, FIND_DROPPED_INDEX, effect.index)) ? 'absent' : 'done';
    case 'detach-partition':
      return inspectDetach(connection, effect);
    case 'create-database':
    case 'create-tablespace':
    case 'create-subscription':
      return (await exists(connection, findByName(effect.kind), effect.name)) ? 'done' : 'absent';
    case 'drop-database':
    case 'drop-tablespace':
    case 'drop-subscription':
      return (await exists(connection, findByName(effect.kind), effect.name)) ? 'absent' : 'done';
  }
}

/**
 * Takes away what stops a statement from running again. A detach that stopped half way cannot be undone, so it is
 * finished instead: {@link inspectEffect} then says `done`. Other kinds leave nothing.
 */
export async function clearLeftover(connection: SqlConnection, effect: StatementEffect): Promise<void> {
  if (effect.kind === 'detach-partition') return finishDetach(connection, effect);
  if (effect.kind !== 'create-index' || effect.index === null) return;
  const found = await findIndex(connection, effect);
  const name = found?.['name'] ?? null;
  if (name !== null && toIndexState(found) === 'leftover') await connection.send(`DROP INDEX CONCURRENTLY ${name}`);
}

async function inspectCreatedIndex(connection: SqlConnection, effect: CreateIndex): Promise<EffectState> {
  if (effect.index === null) return 'unknown';
  return toIndexState(await findIndex(connection, effect));
}

async function findIndex(connection: SqlConnection, { index, table }: CreateIndex): Promise<Row | undefined> {
  const [row] = await connection.query(FIND_CREATED_INDEX, [table, index]);
  return row;
}

/** A relation of that name that is no index of that table is someone else's. */
function toIndexState(row: Row | undefined): EffectState {
  if (row === undefined) return 'absent';
  if (row['ours'] !== 't') return 'unknown';
  return row['usable'] === 't' ? 'done' : 'leftover';
}

async function inspectDetach(connection: SqlConnection, { table, partition }: DetachPartition): Promise<EffectState> {
  const [row] = await connection.query(FIND_PARTITION, [table, partition]);
  if (row?.['parent'] == null || row['child'] == null) return 'unknown';
  if (row['attached'] !== 't') return 'done';
  return row['pending'] === 'true' ? 'leftover' : 'absent';
}

async function finishDetach(connection: SqlConnection, effect: DetachPartition): Promise<void> {
  if ((await inspectDetach(connection, effect)) !== 'leftover') return;
  const [row] = await connection.query(CLEAR_DETACH, [effect.table, effect.partition]);
  if (row?.['sql'] != null) await connection.send(row['sql']);
}

async function exists(connection: SqlConnection, sql: string, name: string): Promise<boolean> {
  return (await connection.query(sql, [name])).length > 0;
}
