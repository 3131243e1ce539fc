/**
 * `squizzle trust`: the policy that says who must have signed what runs where.
 *
 * @module
 */
import { Command } from 'commander';
import { examples, type CommandContext } from './command-context.ts';
import { trustFetchCommand } from './trust/trust-fetch.ts';
import { trustLintCommand } from './trust/trust-lint.ts';
import { trustShowCommand } from './trust/trust-show.ts';
import { trustSignCommand } from './trust/trust-sign.ts';

export function trustCommand(context: CommandContext): Command {
  return new Command('trust')
    .summary('look after the trust policy')
    .description('Show, check and sign the trust policy, and fetch trusted roots for it.')
    .addCommand(trustShowCommand(context))
    .addCommand(trustLintCommand(context))
    .addCommand(trustSignCommand(context))
    .addCommand(trustFetchCommand(context))
    .addHelpText('after', examples('squizzle trust lint', 'squizzle trust show'));
}
