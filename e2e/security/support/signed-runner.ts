/**
 * A pipeline's machine whose project signs with a Sigstore of its own, and whose policy knows it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalSigstore } from '../../../packages/security/test/local-sigstore/local-sigstore.ts';
import { createRunner, type Runner } from '../../oci/support/runner.ts';

export const WORKFLOW = 'https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main';
export const DBA = 'anna@acme.test';
export const FIRST = { 'db/migrations/0001_users.sql': 'CREATE TABLE users (id int);\n' };

/** The template of the embedded database is kept between runs: making it takes seconds. */
export const WARM = { XDG_CACHE_HOME: join(tmpdir(), 'squizzle-test-cache') };

/** What a job of GitHub Actions has, beside the token that it may ask for. */
export const jobOf = (sigstore: LocalSigstore): Readonly<Record<string, string>> => ({
  ...sigstore.actionsEnv(),
  GITHUB_ACTIONS: 'true',
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function configFor({ urls, url, trustedRootJson }: LocalSigstore, rekor: 1 | 2): string {
  return `name: shop
environments:
  production:
    database: pglite:./.squizzle/db
  staging:
    database: pglite:memory
signing:
  fulcio: ${urls.fulcio}
  rekor: { url: '${rekor === 1 ? urls.rekorV1 : urls.rekorV2}', version: ${rekor} }
  tsa: ${urls.tsa}
  oidcIssuer: ${url}
  trustedRoot: { file: trust/root.json, sha256: ${sha256(trustedRootJson)} }
`;
}

/** The workflow signs and says how it built; a person approves, who is somebody else. */
export function policyFor({ url, trustedRootJson }: LocalSigstore): string {
  return `apiVersion: squizzle.dev/trust/v1
roots: { corp: { trustedRoot: { file: trust/root.json, sha256: ${sha256(trustedRootJson)} } } }
principals:
  ci: { keyless: { root: corp, issuer: '${url}', san: { exact: '${WORKFLOW}' }, claims: { sourceRepositoryId: '42' } } }
  dba: { keyless: { root: corp, issuer: '${url}', san: { exact: ${DBA} } } }
rules:
  - environments: [production]
    require:
      signature: { anyOf: [ci] }
      attestations:
        - type: https://slsa.dev/provenance/v1
          by: [ci]
          where: { 'buildDefinition.externalParameters.workflow.repository': 'https://github.com/acme/db' }
        - type: https://squizzle.dev/attestations/approval/v1
          by: [dba]
          distinctFrom: signature
          where: { environment: $env, decision: approve }
          notExpired: true
    antiRollback: { versions: increasing, chain: required }
  - environments: [staging]
    require: { signature: { anyOf: [ci] } }
`;
}

/** With one commit. @returns the machine and its commit. */
export async function createSignedRunner(
  sigstore: LocalSigstore,
  { rekor = 2, env = {} }: { readonly rekor?: 1 | 2; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly runner: Runner; readonly commit: string }> {
  const runner = await createRunner(env);
  const commit = await runner.commit({
    ...FIRST,
    'squizzle.yaml': configFor(sigstore, rekor),
    'squizzle.trust.yaml': policyFor(sigstore),
    'trust/root.json': sigstore.trustedRootJson,
  });
  return { runner, commit };
}
