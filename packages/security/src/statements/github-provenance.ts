/**
 * SLSA provenance v1 of a run of GitHub Actions, field by field as GitHub's own `attest-build-provenance` writes it.
 *
 * @see https://slsa.dev/spec/v1.0/provenance
 * @see https://actions.github.io/buildtypes/workflow/v1
 * @see https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
 * @module
 */
import type { Predicate } from './statement.ts';
import { readRunFacts, type RunSource } from './run-facts.ts';

export const GITHUB_BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1';

/**
 * @throws {SquizzleError} `IDENTITY_UNAVAILABLE` when token and variables together do not describe the run.
 */
export function githubProvenance(source: RunSource): Predicate {
  const { find, need } = readRunFacts('GitHub Actions', source);
  const server = source.env?.['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const name = need('repository', 'GITHUB_REPOSITORY');
  const ref = need('ref', 'GITHUB_REF');
  const repository = `${server}/${name}`;
  const workflowRef = need('workflow_ref', 'GITHUB_WORKFLOW_REF');
  const run = `${need('run_id', 'GITHUB_RUN_ID')}/attempts/${need('run_attempt', 'GITHUB_RUN_ATTEMPT')}`;
  return {
    buildDefinition: {
      buildType: GITHUB_BUILD_TYPE,
      externalParameters: { workflow: { repository, ...splitWorkflow(workflowRef, name, ref) } },
      internalParameters: {
        github: {
          event_name: need('event_name', 'GITHUB_EVENT_NAME'),
          repository_id: need('repository_id', 'GITHUB_REPOSITORY_ID'),
          repository_owner_id: need('repository_owner_id', 'GITHUB_REPOSITORY_OWNER_ID'),
          runner_environment: need('runner_environment', 'RUNNER_ENVIRONMENT'),
        },
      },
      resolvedDependencies: [{ uri: `git+${repository}@${ref}`, digest: { gitCommit: need('sha', 'GITHUB_SHA') } }],
    },
    runDetails: {
      // Variables do not name the reusable workflow that a job may be of; then it is the workflow that was started.
      builder: { id: `${server}/${find('job_workflow_ref') ?? workflowRef}` },
      metadata: { invocationId: `${repository}/actions/runs/${run}` },
    },
  };
}

/** `acme/db/.github/workflows/release.yml@refs/heads/main`; path and ref may both have an `@`. */
function splitWorkflow(
  workflowRef: string,
  repository: string,
  ref: string,
): { readonly ref: string; readonly path: string } {
  const rest = workflowRef.startsWith(`${repository}/`) ? workflowRef.slice(repository.length + 1) : workflowRef;
  if (rest.endsWith(`@${ref}`)) return { ref, path: rest.slice(0, -ref.length - 1) };
  const [path = rest, ...refParts] = rest.split('@');
  return { ref: refParts.join('@'), path };
}
