/**
 * `squizzle baseline`: takes up a database that was there before, by recording the release it is at.
 *
 * @module
 */
import { recordBaseline, SquizzleError, type BaselinePlan, type LedgerEvent } from '@squizzle/core';
import { Command, Option } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import type { Paint } from '../output/paint.ts';
import { shortDigest } from '../output/words.ts';
import { planDetected, planNamed } from '../project/find-baseline.ts';
import type { Project } from '../project/project.ts';
import { addLockOptions, toRecordOptions, type LockFlags } from '../project/run-options.ts';
import { addPolicyOptions, type PolicyFlags } from '../project/policy-options.ts';
import { scratchOption, type ScratchFlags } from '../project/scratch.ts';
import { insecureOption, offlineOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface BaselineFlags extends GlobalFlags, StoreFlags, LockFlags, PolicyFlags, ScratchFlags {
  readonly detect?: true;
  readonly from?: readonly string[];
  readonly rehearse: boolean;
  readonly dryRun?: true;
}

export function baselineCommand({ open }: CommandContext): Command {
  const command = new Command('baseline')
    .summary('record a release without running it')
    .description(
      'Record a release as applied without running it: for a database that was there before SQUIZZLE. With --detect it is the release that leads to the very schema the database has: as builds declare it (--declare-schema), as the ledgers of other environments recorded it (--from), or else as a scratch database shows it. Where several releases lead to it, as those do that change data alone, none is recorded, and you say which it is. A database that has a release already is refused.',
    )
    .argument('[selector]', `${SELECTOR_HELP}; with --detect the newest that comes into question (default: latest)`)
    .option('--detect', 'find out which release it is, by the schema')
    .addOption(
      new Option(
        '--from <environment>',
        'ask the ledger of this environment, too; may be given several times',
      ).argParser((name: string, before: readonly string[] | undefined) => [...(before ?? []), name]),
    )
    .addOption(scratchOption())
    .option('--no-rehearse', 'ask no scratch database')
    .option('--dry-run', 'say which release it would be, record nothing')
    .addOption(offlineOption())
    .addOption(insecureOption());
  return addLockOptions(addPolicyOptions(command))
    .addHelpText(
      'after',
      examples(
        'squizzle baseline 1.0.0 --env production',
        'squizzle baseline --detect --env production --dry-run',
        'squizzle baseline --detect --env production --from staging --no-rehearse',
      ),
    )
    .action(async (selector: string | undefined, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<BaselineFlags>();
      refuseMix(selector, flags);
      await using project = await open(flags);
      const plan = await planOf(selector, flags, project);
      const driver = await project.driver();
      const event = flags.dryRun === true ? null : await recordBaseline(plan, driver, toRecordOptions(project, flags));
      project.output.result(toJson(plan, driver.description, event), (paint) =>
        baselineLines(plan, driver.description, event, paint),
      );
    });
}

/** @throws {SquizzleError} `USAGE_INVALID` for neither release nor --detect, and for what means nothing without it. */
function refuseMix(selector: string | undefined, { detect, from, scratch, rehearse }: BaselineFlags): void {
  if (detect === true) return;
  const argument =
    from !== undefined ? '--from' : scratch !== undefined ? '--scratch' : rehearse ? null : '--no-rehearse';
  if (argument !== null) {
    throw new SquizzleError('USAGE_INVALID', `${argument} is for --detect: a release that is named is not looked for`, {
      argument,
    });
  }
  if (selector !== undefined) return;
  const message = 'which release is the database at? name it, or let it be found out: --detect';
  throw new SquizzleError('USAGE_INVALID', message, { argument: 'selector' });
}

function planOf(selector: string | undefined, flags: BaselineFlags, project: Project): Promise<BaselinePlan> {
  if (flags.detect !== true && selector !== undefined) return planNamed(selector, project);
  const { from = [], rehearse, scratch } = flags;
  const request = { selector: selector ?? 'latest', from, rehearse, ...(scratch === undefined ? {} : { scratch }) };
  return planDetected(request, project);
}

function toJson(plan: BaselinePlan, database: string, event: LedgerEvent | null): unknown {
  const { environment, name, version, digest, detected } = plan;
  return {
    environment,
    database,
    outcome: event === null ? 'dry-run' : 'recorded',
    name,
    version,
    digest,
    detected: detected === undefined ? null : detected.source,
    schemaDigest: event === null ? (detected?.digest ?? null) : event.schemaDigest,
    seq: event?.seq ?? null,
  };
}

const FOUND = {
  declared: 'its build declares the schema that the database has',
  recorded: 'the ledger of another environment recorded the schema that the database has',
  rehearsed: 'on a scratch database it led to the schema that the database has',
} as const;

function baselineLines(
  { environment, version, digest, detected }: BaselinePlan,
  database: string,
  event: LedgerEvent | null,
  paint: Paint,
): readonly string[] {
  const said = event === null ? 'would be recorded as being' : 'is recorded as being';
  const where = `${environment} (${database})`;
  return [
    ...(detected === undefined ? [] : [`found ${paint.bold(version)}: ${FOUND[detected.source]}`]),
    `${where} ${said} at ${paint.bold(version)} (${shortDigest(digest)}); nothing was ${event === null ? 'done' : 'run'}`,
  ];
}
