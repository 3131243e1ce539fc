/**
 * Which policy the commands about policies are about.
 *
 * @module
 */
import type { Option } from 'commander';
import { policyFileOption } from '../../project/policy-options.ts';

export interface PolicyChoice {
  readonly policy?: string;
}

export function policyOption(): Option {
  return policyFileOption("the policy (default: the configuration's, or squizzle.trust.yaml beside it)");
}
