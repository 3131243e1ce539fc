import { describe, expect, it } from 'vitest';
import { githubProvenance } from '../statements/github-provenance.ts';
import { gitlabProvenance } from '../statements/gitlab-provenance.ts';
import type { Claims } from '../verification/trusted-signer.ts';
import { findDisagreement } from './provenance-agreement.ts';

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const findOf = (predicate: unknown, claims: Claims, issuer = GITHUB_ISSUER) =>
  findDisagreement(predicate, { issuer, claims });

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
    { name: 'GitLab', predicate: gitlab, claims: GITLAB, issuer: 'https://gitlab.com' },
    { name: 'a certificate that says nothing', predicate: github, claims: {} },
    { name: 'a predicate that says nothing', predicate: {}, claims: GITHUB },
    { name: 'a predicate that is none', predicate: null, claims: GITHUB },
  ])('finds none of $name', ({ predicate, claims, issuer }) => {
    expect(findOf(predicate, claims, issuer)).toBeUndefined();
  });

  // Each claim that the predicate states too, changed alone: the job was taken over, or the statement is of another run.
  it.each(Object.keys(GITHUB))('finds that GitHub’s %s is another', (claim) => {
    expect(findOf(github, { ...GITHUB, [claim]: 'other' })).toMatch(/^it says .*, and its certificate 'other'$/);
  });

  // GitLab's certificate names the builder otherwise than its runner does; what is left must be the same.
  it.each(Object.keys(GITLAB).filter((claim) => claim !== 'buildSignerUri'))(
    'finds that GitLab’s %s is another',
    (claim) => {
      expect(findOf(gitlab, { ...GITLAB, [claim]: 'https://other.test' }, 'https://gitlab.com')).toMatch(/^it says /);
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
    expect(findOf(path, GITHUB)).toMatch(/^it says /);
  });

  it('does not ask of another repository whether it is this commit', () => {
    const dependencies = [
      { uri: 'git+https://github.com/acme/db-tools@v1', digest: { gitCommit: 'beef' } },
      { uri: 7 },
      null,
    ];
    expect(findOf({ buildDefinition: { resolvedDependencies: dependencies } }, GITHUB)).toBeUndefined();
  });

  // Leaving a field out must not keep the others from being compared: each alone is a lie about the run.
  const workflow = (fields: object) => ({ buildDefinition: { externalParameters: { workflow: fields } } });
  const builder = (id: string, buildType = 'x') => ({
    buildDefinition: { buildType },
    runDetails: { builder: { id } },
  });
  const repository = 'https://github.com/acme/db';
  const main = `${repository}/.github/workflows/release.yml@refs/heads/main`;
  it.each([
    { what: 'a path alone', predicate: workflow({ path: '.github/workflows/test.yml' }) },
    { what: 'a path without its ref', predicate: workflow({ repository, path: '.github/workflows/test.yml' }) },
    {
      what: 'a path without its repository',
      predicate: workflow({ path: '.github/workflows/test.yml', ref: 'refs/heads/main' }),
    },
    { what: 'a ref without its path', predicate: workflow({ repository, ref: 'refs/heads/evil' }) },
    { what: 'a ref that only looks the same', predicate: workflow({ ref: 'refs/heads/main.git' }) },
    { what: 'a ref with a slash behind', predicate: workflow({ ref: 'refs/heads/main/' }) },
    { what: 'a builder that only looks the same', predicate: builder(`${main}.git`) },
    { what: 'another builder, of a build type that nobody knows', predicate: builder(main.replace('release', 'test')) },
    {
      what: 'another builder, where the address of the issuer is private',
      predicate: builder('x'),
      issuer: 'https://i',
    },
  ])('refuses $what', ({ predicate, issuer }) => {
    expect(findOf(predicate, GITHUB, issuer)).toMatch(/^it says /);
  });

  it.each([
    { what: 'a repository with .git', predicate: workflow({ repository: `${repository}.git` }) },
    { what: 'a path alone', predicate: workflow({ path: '.github/workflows/release.yml' }) },
    { what: 'the builder, of whatever build type', predicate: builder(main) },
  ])('takes $what', ({ predicate }) => {
    expect(findOf(predicate, GITHUB)).toBeUndefined();
  });

  it('compares what a branch is called, and not only how its name begins', () => {
    const ref = 'refs/heads/main.git';
    const uri = main.replace('refs/heads/main', ref);
    const claims = { ...GITHUB, sourceRepositoryRef: ref, buildConfigUri: uri, buildSignerUri: uri };
    expect(findOf(workflow({ ref: 'refs/heads/main' }), claims)).toMatch(/^it says /);
    expect(findOf(builder(main), claims)).toMatch(/^it says /);
  });

  it('takes no part of an address that it cannot take apart', () => {
    const claims = { buildConfigUri: 'https://ci.test/acme/db/build.yml' };
    expect(findOf(workflow({ path: 'build.yml' }), claims)).toMatch(/^it says an object at /);
    expect(findOf({}, claims)).toBeUndefined();
  });
});
