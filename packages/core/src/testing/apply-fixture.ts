/**
 * Applying and rolling back chains of releases on the memory driver, for the tests of `stages/apply.ts`.
 *
 * @module
 */
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { VerifiedArtifact } from '../model/artifact.ts';
import { applyPlan, type ApplyOptions } from '../stages/apply.ts';
import { planMigration, type PlanOptions } from '../stages/plan.ts';
import { planRollback } from '../stages/rollback.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { version } from './shop.ts';

export const options: ApplyOptions = { actor: 'anna', client: 'test', retry: { attempts: 3, totalMs: 5_000 } };
export const table = (name: string): string => `CREATE TABLE ${name} (i int);`;

export async function migrate(
  artifact: VerifiedArtifact,
  database: MemoryDatabase,
  more: Partial<ApplyOptions & PlanOptions> = {},
) {
  const driver = database.connect();
  const plan = planMigration(artifact, await driver.readHistory(), { environment: 'development', ...more });
  return applyPlan(plan, driver, { ...options, ...more });
}

export async function rollBack(artifact: VerifiedArtifact, database: MemoryDatabase, target: string | null) {
  const driver = database.connect();
  const plan = planRollback(artifact, await driver.readHistory(), target === null ? null : version(target), {
    environment: 'development',
  });
  return applyPlan(plan, driver, options);
}

export const TWO = {
  '1.0.0': { 'migrations/1.sql': table('a'), 'migrations/1.down.sql': 'DROP TABLE a;' },
  '1.1.0': { 'migrations/2.sql': table('b'), 'migrations/2.down.sql': 'DROP TABLE b;' },
};

/** Needs three segments: a transaction, the index alone, a transaction. */
export const SEGMENTED = {
  '1.0.0': {
    'migrations/1.sql': `${table('a')}\nCREATE INDEX CONCURRENTLY x ON a (i);\n${table('b')}\n`,
    'migrations/1.down.sql': 'DROP TABLE b;\nDROP INDEX CONCURRENTLY x;\nDROP TABLE a;\n',
  },
};

export function killAt(database: MemoryDatabase, beginning: string): void {
  database.beforeStatement = (statement) => {
    if (statement.startsWith(beginning)) throw new RangeError('killed');
  };
}

export function statementFailed(sqlState: string): SquizzleError<'STATEMENT_FAILED'> {
  const details = { sqlState, index: 0, offset: null, completed: 0, detail: null, hint: null, context: null };
  return new SquizzleError('STATEMENT_FAILED', 'canceling statement due to lock timeout', details);
}
