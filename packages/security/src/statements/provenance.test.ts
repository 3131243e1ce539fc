/** Provenance of the CI systems, field by field as their own generators write it, and of builds without one. */
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/told-by.ts';
import { genericProvenance } from './generic-provenance.ts';
import { githubProvenance } from './github-provenance.ts';
import { gitlabProvenance } from './gitlab-provenance.ts';

const CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  repository: 'acme/db',
  ref: 'refs/tags/v1@2',
  sha: 'c0ffee',
  workflow_ref: 'acme/db/.github/workflows/rel@se.yml@refs/tags/v1@2',
  job_workflow_ref: 'acme/shared/.github/workflows/build.yml@refs/heads/main',
  event_name: 'push',
  repository_id: '42',
  repository_owner_id: 7,
  runner_environment: 'github-hosted',
  run_id: '1',
  run_attempt: '2',
};

const VARIABLES = {
  GITHUB_SERVER_URL: 'https://github.acme.test',
  GITHUB_REPOSITORY: 'acme/db',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_SHA: 'beef',
  GITHUB_WORKFLOW_REF: 'acme/db/.github/workflows/release.yml@refs/heads/main',
  GITHUB_EVENT_NAME: 'workflow_dispatch',
  GITHUB_REPOSITORY_ID: '42',
  GITHUB_REPOSITORY_OWNER_ID: '7',
  GITHUB_RUN_ID: '3',
  GITHUB_RUN_ATTEMPT: '1',
  RUNNER_ENVIRONMENT: 'self-hosted',
};

describe('githubProvenance', () => {
  it('is what GitHub writes of the same token', () => {
    expect(githubProvenance({ claims: CLAIMS })).toEqual({
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: {
          workflow: {
            ref: 'refs/tags/v1@2',
            repository: 'https://github.com/acme/db',
            path: '.github/workflows/rel@se.yml',
          },
        },
        internalParameters: {
          github: {
            event_name: 'push',
            repository_id: '42',
            repository_owner_id: '7',
            runner_environment: 'github-hosted',
          },
        },
        resolvedDependencies: [
          { uri: 'git+https://github.com/acme/db@refs/tags/v1@2', digest: { gitCommit: 'c0ffee' } },
        ],
      },
      runDetails: {
        builder: { id: 'https://github.com/acme/shared/.github/workflows/build.yml@refs/heads/main' },
        metadata: { invocationId: 'https://github.com/acme/db/actions/runs/1/attempts/2' },
      },
    });
  });

  it('reads variables where there is no token', () => {
    expect(githubProvenance({ env: VARIABLES })).toMatchObject({
      buildDefinition: {
        externalParameters: {
          workflow: { repository: 'https://github.acme.test/acme/db', path: '.github/workflows/release.yml' },
        },
        internalParameters: { github: { event_name: 'workflow_dispatch', runner_environment: 'self-hosted' } },
      },
      runDetails: { builder: { id: 'https://github.acme.test/acme/db/.github/workflows/release.yml@refs/heads/main' } },
    });
  });

  it('believes the token before the variables, which a job can set', () => {
    const env = { ...VARIABLES, GITHUB_SERVER_URL: undefined, GITHUB_SHA: 'dead' };
    expect(githubProvenance({ claims: CLAIMS, env })).toEqual(githubProvenance({ claims: CLAIMS }));
  });

  it('reads the ref of a workflow that is not that of the run', () => {
    const claims = { ...CLAIMS, workflow_ref: 'acme/db/.github/workflows/a.yml@refs/heads/main' };
    expect(githubProvenance({ claims })).toMatchObject({
      buildDefinition: {
        externalParameters: { workflow: { ref: 'refs/heads/main', path: '.github/workflows/a.yml' } },
      },
    });
  });

  it.each(['repository', 'sha', 'run_id', 'workflow_ref'])('says what is missing: %s', async (claim) => {
    const thrown = await thrownBy(() => githubProvenance({ claims: { ...CLAIMS, [claim]: '' } }));
    expect(thrown.code).toBe('IDENTITY_UNAVAILABLE');
    expect(thrown.message).toContain(`no claim '${claim}'`);
  });
});

const GITLAB = {
  iss: 'https://gitlab.acme.test/',
  project_path: 'acme/db',
  project_id: '42',
  namespace_id: '7',
  ref: 'v1.2.0',
  ref_type: 'tag',
  sha: 'c0ffee',
  job_id: '99',
  pipeline_id: '98',
  pipeline_source: 'push',
  runner_id: 5,
  runner_environment: 'self-hosted',
  ci_config_ref_uri: 'gitlab.acme.test/acme/db//.gitlab-ci.yml@refs/tags/v1.2.0',
};

describe('gitlabProvenance', () => {
  it('has the form of GitLab’s runner, and what the token says beside', () => {
    const env = {
      CI_JOB_NAME: 'release',
      CI_JOB_STARTED_AT: '2026-06-01T12:00:00Z',
      CI_RUNNER_VERSION: '17.5.0',
      CI_RUNNER_DESCRIPTION: 'runner 5',
      CI_RUNNER_EXECUTABLE_ARCH: 'linux/amd64',
      SECRET: 'hunter2',
    };
    const provenance = gitlabProvenance({ claims: GITLAB, env });
    expect(provenance).toEqual({
      buildDefinition: {
        buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.5.0/PROVENANCE.md',
        externalParameters: {
          source: 'https://gitlab.acme.test/acme/db',
          entryPoint: 'release',
          config: 'gitlab.acme.test/acme/db//.gitlab-ci.yml@refs/tags/v1.2.0',
          ref: 'refs/tags/v1.2.0',
        },
        internalParameters: {
          job: '99',
          name: 'runner 5',
          architecture: 'linux/amd64',
          pipeline: '98',
          pipeline_source: 'push',
          project_id: '42',
          namespace_id: '7',
          runner_environment: 'self-hosted',
        },
        resolvedDependencies: [{ uri: 'https://gitlab.acme.test/acme/db', digest: { gitCommit: 'c0ffee' } }],
      },
      runDetails: {
        builder: { id: 'https://gitlab.acme.test/acme/db/-/runners/5', version: { 'gitlab-runner': '17.5.0' } },
        metadata: { invocationId: '99', startedOn: '2026-06-01T12:00:00Z' },
      },
    });
    expect(JSON.stringify(provenance)).not.toContain('hunter2');
  });

  it.each([
    {
      source: { claims: { ...GITLAB, ref_path: 'refs/merge-requests/1/head' } },
      ref: 'refs/merge-requests/1/head',
      why: 'the token’s',
    },
    { source: { claims: { ...GITLAB, ref: 'main', ref_type: 'branch' } }, ref: 'refs/heads/main', why: 'of a branch' },
    {
      source: {
        claims: { ...GITLAB, ref: undefined, ref_type: undefined },
        env: { CI_COMMIT_TAG: 'v2', CI_COMMIT_REF_NAME: 'v2' },
      },
      ref: 'refs/tags/v2',
      why: 'of a tag, by variables',
    },
  ])('ref $ref: $why', ({ source, ref }) => {
    expect(gitlabProvenance(source)).toMatchObject({ buildDefinition: { externalParameters: { ref } } });
  });

  it('says what is missing', async () => {
    expect(() => gitlabProvenance({ claims: GITLAB, env: {} })).not.toThrow();
    const thrown = await thrownBy(() => gitlabProvenance({ env: {} }));
    expect(thrown.code).toBe('IDENTITY_UNAVAILABLE');
    expect(thrown.message).toContain('CI_SERVER_URL');
  });
});

const BUILD = {
  builderId: 'https://ci.acme.test/builders/1',
  source: 'https://git.acme.test/db',
  commit: 'c0ffee',
  ref: 'refs/heads/main',
  startedOn: '2026-06-01T12:00:00Z',
  finishedOn: '2026-06-01T12:05:00Z',
};

describe('genericProvenance', () => {
  it('says what the caller says', () => {
    expect(genericProvenance({ ...BUILD, invocationId: '17' })).toEqual({
      buildDefinition: {
        buildType: 'https://squizzle.dev/buildtypes/release/v1',
        externalParameters: { source: 'https://git.acme.test/db', ref: 'refs/heads/main' },
        resolvedDependencies: [
          { uri: 'git+https://git.acme.test/db@refs/heads/main', digest: { gitCommit: 'c0ffee' } },
        ],
      },
      runDetails: {
        builder: { id: 'https://ci.acme.test/builders/1' },
        metadata: { invocationId: '17', startedOn: '2026-06-01T12:00:00Z', finishedOn: '2026-06-01T12:05:00Z' },
      },
    });
  });

  it.each([
    { what: 'no builder', differences: { builderId: '' } },
    { what: 'no commit', differences: { commit: ' ' } },
    { what: 'an end before the beginning', differences: { finishedOn: '2026-06-01T11:00:00Z' } },
    { what: 'what is no time', differences: { startedOn: 'yesterday' } },
  ])('refuses $what', ({ differences }) => {
    expect(() => genericProvenance({ ...BUILD, ...differences })).toThrow(RangeError);
  });

  it.each([
    'https://user:hunter2@git.acme.test/db',
    'https://hunter2@git.acme.test/db',
    'ssh://git:hunter2@git.acme.test/db',
  ])('neither takes nor repeats credentials in %s', (source) => {
    expect(() => genericProvenance({ ...BUILD, source })).toThrow(/^source must be a URL without credentials: [^@]*$/);
  });

  it('takes the user that is no secret', () => {
    expect(() => genericProvenance({ ...BUILD, source: 'ssh://git@git.acme.test/db' })).not.toThrow();
  });
});
