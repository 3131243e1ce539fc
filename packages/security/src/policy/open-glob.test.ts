import { describe, expect, it } from 'vitest';
import { faultsOf, POLICY, readSample } from '../../test/policy-sample.ts';
import { findOpenGlob } from './open-glob.ts';

describe('findOpenGlob', () => {
  it.each([
    { glob: 'https://github.com/**', says: 'host, the owner and the repository', why: 'every repository of a host' },
    { glob: 'https://*/acme/db/a.yml@refs/heads/main', says: 'host', why: 'every host' },
    { glob: 'https://github.com/acme/*/.github/workflows/a.yml@r', says: 'repository', why: 'all of an owner' },
    { glob: 'https://github.com/acme/db*', says: 'repository', why: 'all that begin so' },
    { glob: 'https://github.com/acme/db', says: undefined, why: 'without star' },
    { glob: 'https://github.com/acme/db/**@refs/tags/*', says: undefined, why: 'one repository' },
    { glob: 'https://gitlab.com/acme/db//*@refs/heads/main', says: undefined, why: 'one project' },
    { glob: '**', says: 'everybody whom the issuer knows', why: 'all' },
    { glob: 'https://**/*', says: 'everybody whom the issuer knows', why: 'all that are addresses' },
    { glob: '*@*', says: 'everybody whom the issuer knows', why: 'all that are mail addresses' },
    { glob: 'anna@*', says: 'mail domain', why: 'every domain' },
    { glob: '*@*.acme.test', says: 'mail domain', why: 'domains that end so' },
    { glob: '*@', says: 'everybody whom the issuer knows', why: 'no domain' },
    { glob: 'release-*', says: 'mail domain', why: 'a name of any kind' },
    { glob: '*@acme.test', says: undefined, why: 'one domain' },
  ])('$glob: $why', ({ glob, says }) => {
    if (says === undefined) expect(findOpenGlob(glob)).toBeUndefined();
    else expect(findOpenGlob(glob)).toContain(says);
  });

  it('is an error in a policy', async () => {
    const withGlob = (glob: string): string => POLICY.replace(/san: \{exact: "[^"]*"\}/, `san: {glob: "${glob}"}`);
    expect(await faultsOf(withGlob('https://github.com/acme/**'))).toContain(
      "principals.gh.keyless.san.glob: 'https://github.com/acme/**' may be strangers",
    );
    const { principals } = await readSample(withGlob('*@acme.test'));
    expect(principals.get('gh')?.signer).toMatchObject({ san: { glob: '*@acme.test' } });
  });
});
