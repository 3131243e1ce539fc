/**
 * Claims of tokens, as GitHub, GitLab and a mail login make them.
 *
 * @see https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/
 * @module
 */
export type TokenClaims = Readonly<Record<string, string | number | boolean>>;

export interface GithubRun {
  readonly repository?: string;
  readonly repositoryId?: string;
  readonly ownerId?: string;
  /** File name in `.github/workflows`. */
  readonly workflow?: string;
  readonly ref?: string;
  readonly sha?: string;
  readonly event?: string;
  readonly runId?: string;
  readonly visibility?: 'public' | 'private' | 'internal';
  readonly runner?: 'github-hosted' | 'self-hosted';
}

export function githubClaims(run: GithubRun = {}): TokenClaims {
  const { repository = 'acme/db', workflow = 'release.yml', ref = 'refs/heads/main', sha = 'a'.repeat(40) } = run;
  const [owner = ''] = repository.split('/');
  const workflowRef = `${repository}/.github/workflows/${workflow}@${ref}`;
  return {
    sub: `repo:${repository}:ref:${ref}`,
    actor: 'anna',
    actor_id: '7',
    base_ref: '',
    event_name: run.event ?? 'push',
    head_ref: '',
    job_workflow_ref: workflowRef,
    job_workflow_sha: sha,
    ref,
    ref_protected: 'true',
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository,
    repository_id: run.repositoryId ?? '42',
    repository_owner: owner,
    repository_owner_id: run.ownerId ?? '4711',
    repository_visibility: run.visibility ?? 'private',
    run_attempt: '1',
    run_id: run.runId ?? '1001',
    run_number: '17',
    runner_environment: run.runner ?? 'github-hosted',
    sha,
    workflow: 'release',
    workflow_ref: workflowRef,
    workflow_sha: sha,
  };
}

export interface GitlabJob {
  readonly project?: string;
  readonly projectId?: string;
  readonly namespaceId?: string;
  readonly ref?: string;
  readonly refType?: 'branch' | 'tag';
  readonly sha?: string;
  readonly source?: string;
  readonly jobId?: string;
  readonly visibility?: 'public' | 'private' | 'internal';
  readonly runner?: 'gitlab-hosted' | 'self-hosted';
}

export function gitlabClaims(job: GitlabJob = {}): TokenClaims {
  const { project = 'acme/db', ref = 'main', refType = 'branch', sha = 'b'.repeat(40) } = job;
  const fullRef = `refs/${refType === 'branch' ? 'heads' : 'tags'}/${ref}`;
  return {
    sub: `project_path:${project}:ref_type:${refType}:ref:${ref}`,
    namespace_id: job.namespaceId ?? '815',
    namespace_path: project.slice(0, project.lastIndexOf('/')),
    project_id: job.projectId ?? '43',
    project_path: project,
    user_login: 'anna',
    pipeline_id: '2002',
    pipeline_source: job.source ?? 'push',
    job_id: job.jobId ?? '3003',
    ref,
    ref_path: fullRef,
    ref_protected: 'true',
    ref_type: refType,
    runner_id: 1,
    runner_environment: job.runner ?? 'gitlab-hosted',
    sha,
    project_visibility: job.visibility ?? 'private',
    ci_config_ref_uri: `gitlab.com/${project}//.gitlab-ci.yml@${fullRef}`,
    ci_config_sha: sha,
  };
}

export const emailClaims = (email: string): TokenClaims => ({
  sub: `user-of-${email.replaceAll(/[^a-z0-9]/gi, '-')}`,
  email,
  email_verified: true,
});
