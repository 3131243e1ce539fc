/**
 * `squizzle approve`: a person's word on a release, for one environment and a while.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../duration.ts';
import type { GlobalFlags } from '../global-options.ts';
import { signatureLines, toSignatureJson } from '../output/signature-report.ts';
import { attachStatement, findPlaces } from '../project/attach-statement.ts';
import { addStoreChoice, type StoreChoice } from '../project/chosen-store.ts';
import { openSigner } from '../project/open-signer.ts';
import { addSigningOptions, type SigningFlags } from '../project/signing-options.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface ApproveFlags extends GlobalFlags, StoreChoice, SigningFlags {
  readonly reject?: true;
  readonly reason: string;
  readonly expires: number;
}

const DAY_MS = 86_400_000;
/** A reason is one line, for a table and a log. */
const REASON_LENGTH = 500;
/** Control characters, ends of lines and paragraphs, marks that turn the direction of writing. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const LONGEST_MS = 3_650 * DAY_MS;

export function approveCommand({ open }: CommandContext): Command {
  const command = new Command('approve')
    .summary('approve a release for an environment')
    .description(
      'Approve a release for the environment that --env names, or reject it: signed, and attached to the release, where the trust policy asks for it. It counts until it expires. A rejection stands until then, or until the same party approves.',
    )
    .argument('<selector>', SELECTOR_HELP)
    .option('--reject', 'reject it')
    .requiredOption('--reason <text>', 'why, for those who read it later')
    .addOption(expiresOption());
  return addSigningOptions(addStoreChoice(command, 'attach in'))
    .addHelpText(
      'after',
      examples(
        'squizzle approve 1.2.0 --env production --reason "reviewed, DB-12" --interactive',
        'squizzle approve 1.2.0 --env production --reject --reason "locks orders" --key trust/dba.key',
      ),
    )
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<ApproveFlags>();
      refuseUnsaid(flags);
      await using project = await open(flags);
      const { name: environment } = project.target();
      const placed = await findPlaces(selector, flags, project);
      const signer = await openSigner(flags, project);
      const { approval, createStatement, PREDICATE_TYPES } = signer.tools;
      const decision = flags.reject === true ? 'reject' : 'approve';
      const now = project.environment.now();
      const expires = new Date(now.getTime() + flags.expires).toISOString();
      const said = { environment, decision, reason: flags.reason, expires, decidedAt: now.toISOString() } as const;
      const statement = createStatement(placed.artifact.root, PREDICATE_TYPES.approval, approval(said));
      const attached = await attachStatement(statement, placed, signer, project);
      const data = {
        ...toSignatureJson(placed.artifact, attached, signer.description),
        environment,
        decision,
        reason: flags.reason,
        expires,
      };
      const done = decision === 'approve' ? 'approved' : 'rejected';
      project.output.result(data, (paint) => [
        ...signatureLines(done, data, paint),
        `for ${paint.bold(environment)} until ${expires}: ${flags.reason}`,
      ]);
    });
}

/** Which environment is meant is not left to a default: the word is given for that one. */
function refuseUnsaid({ env, reason }: ApproveFlags): void {
  if (env === undefined) {
    const message = 'which environment is it for? name it with --env';
    throw new SquizzleError('USAGE_INVALID', message, { argument: '--env' });
  }
  if (reason.trim() === '') throw refuseReason('the reason is empty: say why, in words');
  if (UNFIT.test(reason))
    throw refuseReason('the reason has line breaks or other control characters: say why in one line');
  if (reason.length > REASON_LENGTH)
    throw refuseReason(`the reason has ${reason.length} characters: say why in ${REASON_LENGTH}, or where it is told`);
}

function refuseReason(message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument: '--reason' });
}

function expiresOption(): Option {
  return new Option('--expires <duration>', 'how long it counts').argParser(toExpiry).default(7 * DAY_MS, '7d');
}

function toExpiry(text: string): number {
  const ms = parseDuration(text, LONGEST_MS);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('Expected a duration with its unit, as 12h or 7d.');
  return ms;
}
