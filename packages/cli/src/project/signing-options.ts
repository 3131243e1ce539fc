/**
 * Options of the commands that sign: with what. Which services witness it stands in the configuration.
 *
 * @module
 */
import { Option, type Command } from 'commander';
import { COMPAT_FORMS, INTERACTIVE_FLOWS, type CompatForm, type InteractiveFlow } from '../config/signing-choices.ts';

export interface SigningFlags {
  /** A file, `hashivault://name` or `exec:program arguments`. */
  readonly key?: string;
  /** A token itself is never an argument: everybody on the machine sees those. */
  readonly identityTokenFile?: string;
  /** Without a flow: the browser. */
  readonly interactive?: InteractiveFlow | true;
}

export const SIGNING_FLAGS = [
  ['key', '--key'],
  ['identityTokenFile', '--identity-token-file'],
  ['interactive', '--interactive'],
] as const satisfies readonly (readonly [keyof SigningFlags, string])[];

export interface CompatFlags {
  readonly compat?: CompatForm;
}

export function addSigningOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--key <key>', "sign with this key: a file, hashivault://<name>, or 'exec:<program>'").conflicts([
        'identityTokenFile',
        'interactive',
      ]),
    )
    .addOption(
      new Option('--identity-token-file <file>', 'sign as whom the OIDC token in this file names').conflicts(
        'interactive',
      ),
    )
    .addOption(
      new Option('--interactive [flow]', 'sign as who you are, by signing in now (default: browser)').choices(
        INTERACTIVE_FLOWS,
      ),
    );
}

export function compatOption(): Option {
  return new Option('--compat <form>', "write the signature in an older form, too: 'sig' is cosign's tag").choices(
    COMPAT_FORMS,
  );
}
