/**
 * `squizzle sign`: vouches for a release.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { signatureLines } from '../output/signature-report.ts';
import { addStoreChoice, type StoreChoice } from '../project/chosen-store.ts';
import { findPlaces } from '../project/attach-statement.ts';
import { openSigner } from '../project/open-signer.ts';
import { signPlaced } from '../project/sign-release.ts';
import { addSigningOptions, compatOption, type CompatFlags, type SigningFlags } from '../project/signing-options.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

type SignFlags = GlobalFlags & StoreChoice & SigningFlags & CompatFlags;

export function signCommand({ open }: CommandContext): Command {
  const command = new Command('sign')
    .summary('vouch for a release')
    .description(
      "Sign a release, by its digest, and attach the signature to it: in the project's own store and the remote one, wherever it is. With a key, or as whom a pipeline's identity token names ('signing' in squizzle.yaml). Signing again adds another signature; it takes none away, and does no harm.",
    )
    .argument('<selector>', SELECTOR_HELP);
  return addSigningOptions(addStoreChoice(command, 'sign in'))
    .addOption(compatOption())
    .addHelpText(
      'after',
      examples(
        'squizzle sign 1.2.0 --key trust/release.key',
        'squizzle sign $GITHUB_SHA',
        'squizzle sign 1.2.0 --interactive',
      ),
    )
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<SignFlags>();
      await using project = await open(flags);
      const signer = await openSigner(flags, project);
      const data = await signPlaced(await findPlaces(selector, flags, project), signer, flags, project);
      project.output.result(data, (paint) => [
        ...signatureLines('signed', data, paint),
        ...data.compat.map((tag) => `written as ${tag}, too`),
      ]);
    });
}
