/**
 * Sessions and transactions of the memory driver.
 *
 * @module
 */
import type { EffectState, MigrationSession, MigrationTransaction, Script } from '../contracts/database-driver.ts';
import type { StatementEffect } from '../contracts/sql-analyzer.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { JournalEntry } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import { refuseAborted, toHistory, toSnapshot, type MemoryDatabase, type MemoryState } from './memory-database.ts';
import { parseMemorySql, type MemoryStatement } from './memory-sql.ts';

export function createMemorySession(database: MemoryDatabase, signal: AbortSignal | undefined): MigrationSession {
  const runScript = async (state: MemoryState, script: Script, index: number): Promise<void> => {
    refuseAborted(signal, 'sending SQL');
    await executeScript(database, state, script, index, signal);
  };
  return {
    readHistory: async () => toHistory(database.state),
    transaction: async (work, { afterAbort = false } = {}) => {
      if (!afterAbort) refuseAborted(signal, 'opening a transaction');
      const state = copy(database.state);
      const result = await work(createTransaction(state, runScript));
      if (!afterAbort) refuseAborted(signal, 'committing');
      database.state = state;
      return result;
    },
    executeOutsideTransaction: (script) => runScript(database.state, script, 0),
    inspectEffect: async (effect) => inspect(database.state, effect),
    clearLeftover: async (effect) => {
      if (effect.kind === 'create-index') database.state.objects.delete(qualify(effect.index ?? '', 'public'));
    },
  };
}

function createTransaction(
  state: MemoryState,
  runScript: (state: MemoryState, script: Script, index: number) => Promise<void>,
): MigrationTransaction {
  return {
    execute: async (scripts) => {
      for (const [index, script] of scripts.entries()) await runScript(state, script, index);
    },
    append: async (event) => append(state, event),
    journal: async (entries) => {
      for (const entry of entries) upsert(state, entry);
    },
    snapshotSchema: async () => toSnapshot(state),
  };
}

function append(state: MemoryState, event: LedgerEvent): void {
  if (state.events.some(({ seq }) => seq === event.seq)) {
    const actualHead = state.events.at(-1)?.hash ?? null;
    const details = { expectedHead: event.previousHash, actualHead };
    throw new SquizzleError('PLAN_STALE', `ledger event ${event.seq} is already written`, details);
  }
  state.events.push(event);
}

function upsert(state: MemoryState, entry: JournalEntry): void {
  const others = state.journal.filter((each) => each.startedSeq !== entry.startedSeq || each.segment !== entry.segment);
  state.journal = [...others, entry];
}

async function executeScript(
  database: MemoryDatabase,
  state: MemoryState,
  script: Script,
  index: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parsed = parseMemorySql(script.sql);
  if ('sqlState' in parsed) {
    throw failure(`syntax error at or near "${parsed.word}"`, parsed.sqlState, index, parsed.offset, 0);
  }
  let schema = 'public';
  for (const [completed, statement] of parsed.entries()) {
    await database.beforeStatement?.(statement.text);
    if (statement.kind === 'search-path') schema = statement.schema;
    if (statement.kind === 'sleep') await sleep(statement.ms, signal);
    if (statement.kind === 'fail') throw failure('failed as asked', statement.sqlState, index, null, completed);
    changeObjects(state, statement, schema, (message, code) => failure(message, code, index, null, completed));
    state.executed.push(statement.text);
  }
}

function changeObjects(
  state: MemoryState,
  statement: MemoryStatement,
  schema: string,
  fail: (message: string, sqlState: string) => SquizzleError,
): void {
  if (statement.kind !== 'create' && statement.kind !== 'drop') return;
  const name = qualify(statement.name, schema);
  if (statement.kind === 'drop') {
    if (!state.objects.delete(name)) throw fail(`"${statement.name}" does not exist`, '42P01');
    return;
  }
  const replaces = statement.object === 'view' && /OR\s+REPLACE/i.test(statement.text);
  if (state.objects.has(name) && !replaces) throw fail(`"${statement.name}" already exists`, '42P07');
  state.objects.set(name, statement.object);
}

function inspect(state: MemoryState, effect: StatementEffect): EffectState {
  if (effect.kind === 'rerunnable') return 'absent';
  if (effect.kind === 'drop-index') return state.objects.has(qualify(effect.index, 'public')) ? 'absent' : 'done';
  if (effect.kind !== 'create-index' || effect.index === null) return 'unknown';
  const found = state.objects.get(qualify(effect.index, 'public'));
  if (found === undefined) return 'absent';
  return found === 'invalid-index' ? 'leftover' : 'done';
}

function failure(
  message: string,
  sqlState: string,
  index: number,
  offset: number | null,
  completed: number,
): SquizzleError {
  const details = { sqlState, index, offset, completed, detail: null, hint: null, context: null };
  return new SquizzleError('STATEMENT_FAILED', message, details);
}

function qualify(name: string, schema: string): string {
  const bare = name.replaceAll('"', '');
  return bare.includes('.') ? bare : `${schema}.${bare}`;
}

function copy(state: MemoryState): MemoryState {
  const { events, journal, objects, executed } = state;
  return { ...state, events: [...events], journal: [...journal], objects: new Map(objects), executed: [...executed] };
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      fail(new SquizzleError('CANCELLED', 'stopped while a statement ran', { during: 'a statement' }));
    });
  });
}
