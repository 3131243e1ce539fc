import { describe, expect, it } from 'vitest';
import { isGithubRun, splitWorkflowUri } from './workflow-uri.ts';

describe('splitWorkflowUri', () => {
  it.each([
    {
      uri: 'https://github.com/acme/db/.github/workflows/a.yml@refs/heads/main',
      parts: ['https://github.com/acme/db', '.github/workflows/a.yml', 'refs/heads/main'],
      why: 'a workflow',
    },
    {
      uri: 'https://github.com/acme/db/.github/workflows/a@b.yml@refs/heads/x@refs/heads/main',
      parts: ['https://github.com/acme/db', '.github/workflows/a@b.yml', 'refs/heads/x@refs/heads/main'],
      why: 'the ref begins where one can begin: no file name has a slash',
    },
    {
      uri: 'https://gitlab.com/acme/group/db//ci/a@b.yml@refs/heads/main',
      parts: ['https://gitlab.com/acme/group/db', 'ci/a@b.yml', 'refs/heads/main'],
      why: 'a file of GitLab, with the ref that the certificate names',
    },
    { uri: 'https://gitlab.com/acme/db//a.yml@refs/heads/other', parts: undefined, why: 'of another ref' },
    { uri: 'https://github.com/acme/db/.github/workflows/x/a.yml@refs/heads/main', parts: undefined, why: 'a folder' },
    { uri: 'https://github.com/acme/db/.github/workflows/a.yml@c0ffee', parts: undefined, why: 'no full ref' },
    { uri: 'https://github.com/acme/db/.github/workflows/a.yml', parts: undefined, why: 'no ref' },
    { uri: 'other', parts: undefined, why: 'no address' },
  ])('$uri: $why', ({ uri, parts }) => {
    const [repository, path, ref] = parts ?? [];
    expect(splitWorkflowUri(uri, 'refs/heads/main')).toEqual(parts && { repository, path, ref });
  });
});

describe('isGithubRun', () => {
  it.each([
    { issuer: 'https://token.actions.githubusercontent.com', is: true, why: 'GitHub’s own' },
    { issuer: 'https://token.actions.githubusercontent.com/acme', is: true, why: 'of an enterprise' },
    { issuer: 'https://token.actions.acme.ghe.com', is: true, why: 'with data residency' },
    { issuer: 'https://token.actions.githubusercontent.com.evil.test', is: false, why: 'another host' },
    {
      issuer: 'https://gitlab.com',
      uri: 'https://gitlab.com/acme/db//.github/workflows/a.yml@r',
      is: false,
      why: 'GitLab’s',
    },
    {
      issuer: 'https://ci.test/_services/token',
      uri: 'https://ci.test/acme/db/.github/workflows/a.yml@r',
      is: true,
      why: 'a server',
    },
  ])('$issuer: $is ($why)', ({ issuer, uri, is }) => {
    expect(isGithubRun(issuer, [undefined, uri])).toBe(is);
  });
});
