import { describe, expect, it } from 'vitest';
import { githubProvenance } from '../statements/github-provenance.ts';
import { gitlabProvenance } from '../statements/gitlab-provenance.ts';
import type { Claims } from '../verification/trusted-signer.ts';
import { findDisagreement } from './provenance-agreement.ts';

const github = githubProvenance({
  claims: {
    repository: 'acme/db',
    ref: 'refs/heads/main',
    sha: 'c0ffee',
    workflow_ref: 'acme/db/.github/workflows/release.yml@refs/heads/main',
    job_workflow_ref: 'acme/db/.github/workflows/release.yml@refs/heads/main',
    event_name: 'push',
    repository_id: '42',
    repository_owner_id: '7',
    runner_environment: 'github-hosted',
    run_id: '1',
    run_attempt: '2',
  },
});
const GITHUB: Claims = {
  buildSignerUri: 'https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main',
  buildConfigUri: 'https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main',
  runnerEnvironment: 'github-hosted',
  sourceRepositoryUri: 'https://github.com/acme/db',
  sourceRepositoryDigest: 'c0ffee',
  sourceRepositoryRef: 'refs/heads/main',
  sourceRepositoryId: '42',
  sourceRepositoryOwnerId: '7',
  buildTrigger: 'push',
  runInvocationUri: 'https://github.com/acme/db/actions/runs/1/attempts/2',
};

const gitlab = gitlabProvenance({
  claims: {
    iss: 'https://gitlab.com',
    project_path: 'acme/db',
    project_id: '42',
    namespace_id: '7',
    ref: 'main',
    ref_path: 'refs/heads/main',
    sha: 'c0ffee',
    job_id: '99',
    pipeline_id: '98',
    pipeline_source: 'push',
    runner_id: 5,
    runner_environment: 'gitlab-hosted',
    ci_config_ref_uri: 'gitlab.com/acme/db//.gitlab-ci.yml@refs/heads/main',
  },
  env: { CI_JOB_NAME: 'release' },
});
const GITLAB: Claims = {
  buildSignerUri: 'https://gitlab.com/acme/db//.gitlab-ci.yml@refs/heads/main',
  buildConfigUri: 'https://gitlab.com/acme/db//.gitlab-ci.yml@refs/heads/main',
  runnerEnvironment: 'gitlab-hosted',
  sourceRepositoryUri: 'https://gitlab.com/acme/db',
  sourceRepositoryDigest: 'c0ffee',
  sourceRepositoryRef: 'refs/heads/main',
  sourceRepositoryId: '42',
  sourceRepositoryOwnerId: '7',
  buildTrigger: 'push',
  runInvocationUri: 'https://gitlab.com/acme/db/-/jobs/99',
};

describe('findDisagreement', () => {
  it.each([
    { name: 'GitHub', predicate: github, claims: GITHUB },
    { name: 'GitLab', predicate: gitlab, claims: GITLAB },
    { name: 'a certificate that says nothing', predicate: github, claims: {} },
    { name: 'a predicate that says nothing', predicate: {}, claims: GITHUB },
    { name: 'a predicate that is none', predicate: null, claims: GITHUB },
  ])('finds none of $name', ({ predicate, claims }) => {
    expect(findDisagreement(predicate, claims)).toBeUndefined();
  });

  // Each claim that the predicate states too, changed alone: the job was taken over, or the statement is of another run.
  it.each(Object.keys(GITHUB))('finds that GitHub’s %s is another', (claim) => {
    expect(findDisagreement(github, { ...GITHUB, [claim]: 'other' })).toMatch(
      /^it says .*, and its certificate 'other'$/,
    );
  });

  // GitLab's certificate names the builder otherwise than its runner does; what is left must be the same.
  it.each(Object.keys(GITLAB).filter((claim) => claim !== 'buildSignerUri'))(
    'finds that GitLab’s %s is another',
    (claim) => {
      expect(findDisagreement(gitlab, { ...GITLAB, [claim]: 'https://other.test' })).toMatch(/^it says /);
    },
  );

  it.each([
    {
      what: 'a list in the place of a text',
      path: { buildDefinition: { externalParameters: { workflow: { repository: ['https://github.com/acme/db'] } } } },
    },
    {
      what: 'a workflow of objects',
      path: {
        buildDefinition: {
          externalParameters: { workflow: { repository: 'https://github.com/acme/db', path: {}, ref: {} } },
        },
      },
    },
    { what: 'a number of another job', path: { runDetails: { metadata: { invocationId: '98' } } } },
    {
      what: 'another commit of the repository',
      path: {
        buildDefinition: {
          resolvedDependencies: [
            { uri: 'git+https://github.com/acme/db.git@refs/heads/main', digest: { sha1: 'dead' } },
          ],
        },
      },
    },
  ])('refuses $what', ({ path }) => {
    expect(findDisagreement(path, GITHUB)).toMatch(/^it says /);
  });

  it('does not ask of another repository whether it is this commit', () => {
    const dependencies = [
      { uri: 'git+https://github.com/acme/db-tools@v1', digest: { gitCommit: 'beef' } },
      { uri: 7 },
      null,
    ];
    expect(findDisagreement({ buildDefinition: { resolvedDependencies: dependencies } }, GITHUB)).toBeUndefined();
  });
});
