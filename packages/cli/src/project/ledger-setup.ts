/**
 * The ledger of an environment's database, made or brought up to date before anything is applied.
 *
 * @module
 */
import type { Project } from './project.ts';
import { toLockOptions } from './run-options.ts';

export interface LedgerReport {
  readonly environment: string;
  readonly database: string;
  /** `upgraded`: an earlier version of SQUIZZLE made it. */
  readonly outcome: 'created' | 'upgraded' | 'already-there';
  /** Of its tables; see docs/ledger.md. */
  readonly systemVersion: number | null;
}

/** Under the migration lock; again it does nothing. */
export async function setUpLedger(project: Project): Promise<LedgerReport> {
  const { signal } = project;
  const driver = await project.driver();
  const { name: environment } = project.target();
  const before = (await driver.examine({ signal })).ledger?.systemVersion ?? null;
  await driver.withLock((session) => session.readHistory(), toLockOptions(project, {}));
  const systemVersion = (await driver.examine({ signal })).ledger?.systemVersion ?? null;
  const outcome = before === null ? 'created' : before === systemVersion ? 'already-there' : 'upgraded';
  return { environment, database: driver.description, outcome, systemVersion };
}

const SAID = {
  created: 'created the ledger',
  upgraded: 'brought the ledger up to date',
  'already-there': 'the ledger is there already',
} as const;

export function ledgerLine({ environment, database, outcome }: LedgerReport): string {
  return `${SAID[outcome]}: ${environment} (${database})`;
}
