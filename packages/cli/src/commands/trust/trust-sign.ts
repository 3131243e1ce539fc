/**
 * `squizzle trust sign`: vouches for the policy itself.
 *
 * @module
 */
import { Command } from 'commander';
import { POLICY_SIGNATURE_SUFFIX } from '../../config/trust-file.ts';
import { replaceFile } from '../../files/replace-file.ts';
import type { GlobalFlags } from '../../global-options.ts';
import { openSigner } from '../../project/open-signer.ts';
import { addSigningOptions, type SigningFlags } from '../../project/signing-options.ts';
import { policyPlace } from '../../project/trust.ts';
import { examples, type CommandContext } from '../command-context.ts';
import { policyOption, type PolicyChoice } from './policy-choice.ts';

type SignFlags = GlobalFlags & PolicyChoice & SigningFlags;

export function trustSignCommand({ open }: CommandContext): Command {
  const command = new Command('sign')
    .summary('sign the policy itself')
    .description(
      `Sign the trust policy: <policy>${POLICY_SIGNATURE_SUFFIX} is written beside it. With 'trust.signedBy' in squizzle.yaml a policy without a valid signature is refused.`,
    )
    .addOption(policyOption());
  return addSigningOptions(command)
    .addHelpText('after', examples('squizzle trust sign --key trust/security.key', 'squizzle trust sign --interactive'))
    .action(async (_flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<SignFlags>();
      await using project = await open(flags);
      const { signal, output } = project;
      const { path, name } = await policyPlace({ session: project, loaded: project.loaded, flags });
      const { tools, statements, description: signer } = await openSigner(flags, project);
      const policy = await tools.openTrustPolicy(path, name, { signal });
      const { json } = await tools.signTrustPolicy(policy, statements, { signal });
      const file = `${name}${POLICY_SIGNATURE_SUFFIX}`;
      await replaceFile(`${path}${POLICY_SIGNATURE_SUFFIX}`, () => `${json}\n`, { label: file, signal });
      const { digest } = policy;
      output.result({ policy: name, digest, signer, file }, (paint) => [
        `signed ${paint.bold(name)} with ${signer}`,
        digest,
        `written to ${file}; keep both together`,
      ]);
    });
}
