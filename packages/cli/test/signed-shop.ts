/**
 * A project with keys and a trust policy, so that tests sign and verify.
 *
 * @module
 */
import { PREDICATE_TYPES } from '@squizzle/security';
import { createCli, SHOP, type Cli, type CliCall } from './cli-fixture.ts';

export const SIGNED_CONFIG = `name: shop
remote: ../releases
defaultEnvironment: development
environments:
  development:
    database: pglite:./db-folder
  production:
    database: pglite:./production
  staging:
    database: pglite:./staging
`;

const APPROVAL = `{type: ${PREDICATE_TYPES.approval}, by: [dba], distinctFrom: signature, where: {environment: "$env", decision: approve}, notExpired: true}`;

/** `ci` signs; production wants the word of `dba`, too; nothing is said of staging. */
export const SIGNED_POLICY = `apiVersion: squizzle.dev/trust/v1
expires: 2027-06-30T00:00:00Z
principals:
  ci: {key: {pem: ci.pub}, root: none}
  dba: {key: {pem: dba.pub}, root: none}
rules:
  - environments: [production]
    require:
      signature: {anyOf: [ci]}
      attestations:
        - ${APPROVAL}
    antiRollback: {versions: increasing, chain: required}
  - environments: [development]
    require:
      signature: {anyOf: [ci, dba]}
`;

/** With `ci.key` and `dba.key`, which have no passwords: those take a tenth of a second each. */
export async function createSignedShop(files: Readonly<Record<string, string>> = {}): Promise<Cli> {
  const cli = withoutGit(
    await createCli({
      ...SHOP,
      'squizzle.yaml': SIGNED_CONFIG,
      'squizzle.trust.yaml': SIGNED_POLICY,
      ...files,
    }),
  );
  for (const name of ['ci', 'dba', 'nobody']) await cli.json(`key generate --no-password -o ${name}`);
  return cli;
}

const without = (call: CliCall = {}): CliCall => ({ ...call, env: { PATH: '', ...call.env } });

/** Builds that ask no git are ten times as fast. */
function withoutGit(cli: Cli): Cli {
  return {
    ...cli,
    squizzle: (command, call) => cli.squizzle(command, without(call)),
    json: (command, call) => cli.json(command, without(call)),
    failure: (command, call) => cli.failure(command, without(call)),
  };
}

export const APPROVE = ['approve', '1.0.0', '-e', 'production', '--reason', 'reviewed, DB-12', '--key', 'dba.key'];
