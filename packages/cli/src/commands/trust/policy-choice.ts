/**
 * Which policy the commands about policies are about.
 *
 * @module
 */
import { Option } from 'commander';

export interface PolicyChoice {
  readonly policy?: string;
}

export function policyOption(): Option {
  return new Option('--policy <file>', "the policy (default: the configuration's, or squizzle.trust.yaml beside it)");
}
