/**
 * Sessions and transactions of the memory driver.
 *
 * @module
 */
import type {
  EffectState,
  HeldLock,
  LockOptions,
  MigrationSession,
  MigrationTransaction,
  Script,
} from '../contracts/database-driver.ts';
import type { StatementEffect } from '../contracts/sql-analyzer.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { Repair } from '../model/diagnosis.ts';
import type { JournalEntry } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import {
  copyState,
  refuseAborted,
  toHistory,
  toSnapshot,
  type MemoryDatabase,
  type MemoryObject,
  type MemoryState,
} from './memory-database.ts';
import { answerQuestion, describeAnswer } from './memory-questions.ts';
import { parseMemorySql, type MemoryStatement } from './memory-sql.ts';

interface Running {
  readonly database: MemoryDatabase;
  readonly options: LockOptions;
}

export function createMemorySession(database: MemoryDatabase, options: LockOptions): MigrationSession {
  const running: Running = { database, options };
  const { signal } = options;
  return {
    readHistory: async () => toHistory(database.state),
    transaction: async (work, { afterAbort = false } = {}) => {
      if (!afterAbort) refuseAborted(signal, 'opening a transaction');
      const state = copyState(database.state);
      const result = await work(createTransaction(running, state));
      if (!afterAbort) refuseAborted(signal, 'committing');
      await database.beforeCommit?.(state);
      database.state = state;
      await database.afterCommit?.();
      return result;
    },
    executeOutsideTransaction: (script) => executeScript(running, database.state, script, 0),
    inspectEffect: async (effect) => inspect(database.state, effect),
    clearLeftover: (effect) => clear(running, effect),
    repair: (repair) => mend(running, repair),
  };
}

function createTransaction(running: Running, state: MemoryState): MigrationTransaction {
  const [before, ran] = [new Map(state.objects), state.executed.length];
  return {
    execute: async (scripts) => {
      for (const [index, script] of scripts.entries()) await executeScript(running, state, script, index);
    },
    append: async (event) => append(state, event),
    journal: async (entries) => {
      for (const entry of entries) upsert(state, entry);
    },
    ask: (question) => ask(running, state, question),
    snapshotSchema: async () => (running.database.isSchemaBlocked === true ? null : toSnapshot(state)),
    heldLocks: async () => locksOf(state.executed.slice(ran)).filter(({ target }) => before.has(target)),
    keepSnapshot: async (digest, snapshot) => {
      state.kept = { digest, snapshot };
    },
  };
}

/** The memory driver knows no lock but that of LOCK TABLE. */
function locksOf(statements: readonly string[]): readonly HeldLock[] {
  const names = statements.flatMap((text) => /^LOCK\s+TABLE\s+([\w.]+)$/i.exec(text)?.[1] ?? []);
  const targets = [...new Set(names.map((name) => qualify(name, 'public')))].sort();
  return targets.map((target) => ({ target, mode: 'AccessExclusiveLock' }));
}

/** What every statement goes through. */
async function begin({ database, options }: Running, statement: string): Promise<void> {
  refuseAborted(options.signal, 'sending SQL');
  await database.beforeStatement?.(statement, { blocked: (conflict) => options.onBlocked?.(conflict) });
}

async function clear(running: Running, effect: StatementEffect): Promise<void> {
  const { state } = running.database;
  if (inspect(state, effect) !== 'leftover') return;
  if (effect.kind === 'create-index' && effect.index !== null) {
    await begin(running, `DROP INDEX CONCURRENTLY ${effect.index}`);
    state.objects.delete(qualify(effect.index, 'public'));
  }
  if (effect.kind === 'detach-partition') {
    await begin(running, `ALTER TABLE ${effect.table} DETACH PARTITION ${effect.partition} FINALIZE`);
    state.objects.set(qualify(effect.partition, 'public'), 'table');
  }
}

async function ask(running: Running, state: MemoryState, question: string): Promise<string | null> {
  const answer = answerQuestion(question, (name) => state.objects.has(name));
  await begin(running, question);
  if ('sqlState' in answer) throw failure(answer.message, answer.sqlState, 0, null, 0);
  return describeAnswer(answer.rows);
}

async function mend(running: Running, repair: Repair): Promise<void> {
  const { state } = running.database;
  if (repair.kind === 'restore-ledger-guard') {
    await begin(running, 'RESTORE LEDGER GUARD');
    state.faults = [];
  } else {
    const isDrop = repair.kind === 'drop-index';
    await begin(running, `${isDrop ? 'DROP' : 'REINDEX'} INDEX CONCURRENTLY ${repair.index}`);
    const name = qualify(repair.index, 'public');
    if (!state.objects.has(name)) throw failure(`index "${repair.index}" does not exist`, '42704', -1, null, 0);
    if (isDrop) state.objects.delete(name);
    else state.objects.set(name, 'index');
  }
  state.repaired.push(repair);
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

async function executeScript(running: Running, state: MemoryState, script: Script, index: number): Promise<void> {
  refuseAborted(running.options.signal, 'sending SQL');
  const parsed = parseMemorySql(script.sql);
  if ('sqlState' in parsed) {
    throw failure(`syntax error at or near "${parsed.word}"`, parsed.sqlState, index, parsed.offset, 0);
  }
  let schema = 'public';
  for (const [completed, statement] of parsed.entries()) {
    await begin(running, statement.text);
    if (statement.kind === 'search-path') schema = statement.schema;
    if (statement.kind === 'sleep') await sleep(statement.ms, running.options.signal);
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
  if (statement.kind === 'detach') {
    const partition = qualify(statement.partition, schema);
    if (state.objects.get(partition) === 'detaching-partition') throw fail('partition already pending detach', '55000');
    if (state.objects.get(partition) !== 'partition') throw fail(`"${statement.partition}" is no partition`, '42P01');
    state.objects.set(partition, 'table');
  }
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
  if (effect.kind === 'detach-partition') return inspectDetach(state.objects.get(qualify(effect.partition, 'public')));
  if (effect.kind !== 'create-index' || effect.index === null) return 'unknown';
  const found = state.objects.get(qualify(effect.index, 'public'));
  if (found === undefined) return 'absent';
  return found === 'invalid-index' ? 'leftover' : 'done';
}

function inspectDetach(partition: MemoryObject | undefined): EffectState {
  if (partition === 'table') return 'done';
  if (partition === 'partition') return 'absent';
  return partition === 'detaching-partition' ? 'leftover' : 'unknown';
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

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      fail(new SquizzleError('CANCELLED', 'stopped while a statement ran', { during: 'a statement' }));
    });
  });
}
