/**
 * Applying and rolling back chains of releases on the memory driver, for the tests of `stages/apply.ts`.
 *
 * @module
 */
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { VerifiedArtifact } from '../model/artifact.ts';
import type { ScriptFile } from '../model/release-manifest.ts';
import { applyPlan, type ApplyOptions } from '../stages/apply.ts';
import { planMigration, type PlanOptions } from '../stages/plan.ts';
import { planRollback } from '../stages/rollback.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { version } from './shop.ts';

export const options: ApplyOptions = {
  actor: 'anna',
  client: 'test',
  retry: { attempts: 3, totalMs: 5_000, baseMs: 1 },
};
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

export async function rollBack(
  artifact: VerifiedArtifact,
  database: MemoryDatabase,
  target: string | null,
  more: Partial<ApplyOptions> = {},
) {
  const driver = database.connect();
  const plan = planRollback(artifact, await driver.readHistory(), target === null ? null : version(target), {
    environment: 'development',
  });
  return applyPlan(plan, driver, { ...options, ...more });
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

/** The artifact with its files changed by path, for what its builder does not write. */
export function withFiles(
  artifact: VerifiedArtifact,
  changes: Readonly<Record<string, Partial<ScriptFile>>>,
): VerifiedArtifact {
  const change = <T extends ScriptFile>(file: T): T => ({ ...file, ...changes[file.path] });
  const releases = artifact.releases.map((release) => ({
    ...release,
    steps: release.steps.map((step) =>
      change({ ...step, rollback: step.rollback === null ? null : change(step.rollback) }),
    ),
  }));
  return { ...artifact, releases };
}

/** What the driver was asked and sent, in order, also when it was rolled back. */
export function watchStatements(database: MemoryDatabase): readonly string[] {
  const seen: string[] = [];
  database.beforeStatement = (statement) => {
    seen.push(statement);
  };
  return seen;
}

export const eventsOf = ({ state }: MemoryDatabase): readonly string[] =>
  state.events.map(({ event, version: text }) => `${event} ${text}`);

export function killAt(database: MemoryDatabase, beginning: string): void {
  database.beforeStatement = (statement) => {
    if (statement.startsWith(beginning)) throw new RangeError('killed');
  };
}

export function statementFailed(sqlState: string): SquizzleError<'STATEMENT_FAILED'> {
  const details = { sqlState, index: 0, offset: null, completed: 0, detail: null, hint: null, context: null };
  return new SquizzleError('STATEMENT_FAILED', 'canceling statement due to lock timeout', details);
}
