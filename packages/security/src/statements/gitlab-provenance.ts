/**
 * SLSA provenance v1 of a job of GitLab CI, in the form of GitLab's runner.
 *
 * Beside the runner's fields stand those of the ID token that tell the run apart. Variables of the job are left out,
 * their names too. The commit is called `gitCommit`, as in-toto names it; the runner writes it as a `sha256`.
 *
 * @see https://slsa.dev/spec/v1.0/provenance
 * @see https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1/
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
 * @module
 */
import { toTime } from './predicate-input.ts';
import type { Predicate } from './statement.ts';
import { parseTime } from './time.ts';
import { readRunFacts, type RunFacts, type RunSource } from './run-facts.ts';

/** What precedes and follows the version of the runner. */
export const GITLAB_BUILD_TYPE = ['https://gitlab.com/gitlab-org/gitlab-runner/-/blob/', '/PROVENANCE.md'] as const;

/**
 * @throws {SquizzleError} `IDENTITY_UNAVAILABLE` when token and variables together do not describe the job.
 */
export function gitlabProvenance(source: RunSource): Predicate {
  const facts = readRunFacts('GitLab CI', source);
  const { find, need } = facts;
  const server = need('iss', 'CI_SERVER_URL').replace(/\/+$/, '');
  const project = `${server}/${need('project_path', 'CI_PROJECT_PATH')}`;
  const job = need('job_id', 'CI_JOB_ID');
  const version = source.env?.['CI_RUNNER_VERSION'];
  const [before, after] = GITLAB_BUILD_TYPE;
  return {
    buildDefinition: {
      buildType: `${before}${version === undefined ? 'main' : `v${version.replace(/^v/, '')}`}${after}`,
      externalParameters: {
        source: project,
        // The token does not say the job's name.
        ...present({ entryPoint: source.env?.['CI_JOB_NAME'], config: find('ci_config_ref_uri', 'CI_CONFIG_REF_URI') }),
        ref: refOf(facts),
      },
      internalParameters: { job, ...runOf(facts, source) },
      resolvedDependencies: [{ uri: project, digest: { gitCommit: need('sha', 'CI_COMMIT_SHA') } }],
    },
    runDetails: {
      builder: {
        id: `${project}/-/runners/${need('runner_id', 'CI_RUNNER_ID')}`,
        ...(version === undefined ? {} : { version: { 'gitlab-runner': version } }),
      },
      metadata: { invocationId: job, ...startOf(source) },
    },
  };
}

function runOf({ find }: RunFacts, { env }: RunSource): Predicate {
  return present({
    name: env?.['CI_RUNNER_DESCRIPTION'],
    architecture: env?.['CI_RUNNER_EXECUTABLE_ARCH'],
    pipeline: find('pipeline_id', 'CI_PIPELINE_ID'),
    pipeline_source: find('pipeline_source', 'CI_PIPELINE_SOURCE'),
    project_id: find('project_id', 'CI_PROJECT_ID'),
    namespace_id: find('namespace_id', 'CI_PROJECT_NAMESPACE_ID'),
    runner_environment: find('runner_environment'),
  });
}

/** A full ref: the token has it beside the short one, variables have the short one alone. */
function refOf({ find, need }: RunFacts): string {
  const full = find('ref_path');
  if (full !== undefined) return full;
  const tag = find('ref_type') === 'tag' ? find('ref') : find('', 'CI_COMMIT_TAG');
  return tag === undefined ? `refs/heads/${need('ref', 'CI_COMMIT_REF_NAME')}` : `refs/tags/${tag}`;
}

function startOf({ env }: RunSource): Predicate {
  const started = parseTime(env?.['CI_JOB_STARTED_AT'] ?? '');
  return started === undefined ? {} : { startedOn: toTime(started) };
}

function present(fields: Readonly<Record<string, string | undefined>>): Predicate {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  );
}
