/**
 * Options of the commands that verify: which trust policy, and what it is pinned to. Neither switches anything off.
 *
 * @module
 */
import { InvalidArgumentError, Option, type Command } from 'commander';

export interface PolicyFlags {
  /** A file. */
  readonly policy?: string;
  readonly policyDigest?: string;
}

export function addPolicyOptions(command: Command): Command {
  return command
    .addOption(policyFileOption("the trust policy (default: the configuration's, or squizzle.trust.yaml beside it)"))
    .addOption(
      new Option(
        '--policy-digest <digest>',
        'refuse a policy with another digest than this, beside those that are pinned elsewhere [SQUIZZLE_TRUST_DIGEST]',
      ).argParser((text) => {
        const digest = toPolicyDigest(text);
        if (digest === undefined) throw new InvalidArgumentError(`Expected ${POLICY_DIGEST_EXPECTED}.`);
        return digest;
      }),
    );
}

export function policyFileOption(description: string): Option {
  return new Option('--policy <file>', description).argParser((text) => {
    // An empty one is a variable that was not set, and would be the working folder.
    if (text === '') throw new InvalidArgumentError('Expected the path of a file.');
    return text;
  });
}

export const POLICY_DIGEST_EXPECTED = "a digest as 'squizzle trust show' prints it: sha256: and 64 hexadecimal digits";

/** `undefined` for what is none. */
export function toPolicyDigest(text: string): string | undefined {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? text : undefined;
}
