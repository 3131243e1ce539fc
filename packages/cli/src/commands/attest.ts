/**
 * `squizzle attest`: says something of a release that can be proved to come from whoever said it.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { signatureLines, toSignatureJson } from '../output/signature-report.ts';
import { attachStatement, findPlaces } from '../project/attach-statement.ts';
import { ATTESTATION_TYPES, composeAttestation } from '../project/attestation.ts';
import type { ProvenanceFlags } from '../project/build-provenance.ts';
import { addStoreChoice, type StoreChoice } from '../project/chosen-store.ts';
import { openSigner } from '../project/open-signer.ts';
import { addSigningOptions, type SigningFlags } from '../project/signing-options.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface AttestFlags extends GlobalFlags, StoreChoice, SigningFlags, ProvenanceFlags {
  readonly type: string;
  readonly predicate?: string;
}

export function attestCommand({ open }: CommandContext): Command {
  const command = new Command('attest')
    .summary('say something of a release, signed')
    .description(
      `Make an attestation, sign it and attach it to the release. 'provenance' says which run of GitHub Actions or GitLab CI built it; 'sbom' lists its files; 'release' binds its version to its digest; 'apply' says what the ledger of the environment's database says. 'rehearsal' takes what 'squizzle rehearse --json' wrote, 'test-result' and any type that is a URI a JSON object of your own.`,
    )
    .argument('<selector>', SELECTOR_HELP)
    .requiredOption('--type <type>', `one of ${ATTESTATION_TYPES.join(', ')}, or a URI`)
    .option('--predicate <file>', 'what it says, as one JSON object')
    .option('--builder <uri>', 'what built the release, where no pipeline says so');
  return addSigningOptions(addStoreChoice(command, 'attach in'))
    .addHelpText(
      'after',
      examples(
        'squizzle attest $GITHUB_SHA --type provenance',
        'squizzle attest 1.2.0 --type apply --env production',
        'squizzle attest 1.2.0 --type test-result --predicate result.json --key trust/ci.key',
      ),
    )
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<AttestFlags>();
      await using project = await open(flags);
      const placed = await findPlaces(selector, flags, project);
      const signer = await openSigner(flags, project);
      const { predicateType, predicate } = await composeAttestation(flags, placed.artifact, signer, project);
      const statement = signer.tools.createStatement(placed.artifact.root, predicateType, predicate);
      const attached = await attachStatement(statement, placed, signer, project);
      const data = { ...toSignatureJson(placed.artifact, attached, signer.description), predicate };
      project.output.result(data, (paint) => [predicateType, ...signatureLines('attested', data, paint)]);
    });
}
