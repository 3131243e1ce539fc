import { describe, expect, it } from 'vitest';
import { adviseLogin } from './login-advice.ts';

describe('adviseLogin', () => {
  it.each([
    { source: null, hint: 'squizzle login ghcr.io', why: 'nothing was found: any source will do' },
    { source: '~/.docker/config.json', hint: 'squizzle login ghcr.io', why: 'a login replaces what is kept there' },
    { source: 'SQUIZZLE_USERNAME', hint: 'SQUIZZLE_PASSWORD', why: 'the variables go before every login' },
    { source: 'DOCKER_AUTH_CONFIG', hint: 'DOCKER_AUTH_CONFIG', why: 'so does that one' },
    { source: 'options', hint: 'user name and the password', why: 'whoever logs in is not told to log in' },
  ])('says $hint of $source: $why', ({ source, hint }) => {
    expect(adviseLogin('ghcr.io', source).hint).toContain(hint);
  });

  it.each(['SQUIZZLE_USERNAME', 'DOCKER_AUTH_CONFIG', 'options'])('sends nobody with %s to the login', (source) => {
    expect(adviseLogin('ghcr.io', source).hint).not.toContain('squizzle login');
  });

  it('names the source of what was refused', () => {
    expect(adviseLogin('ghcr.io', 'GITHUB_TOKEN').reason).toBe('the credentials of GITHUB_TOKEN are refused');
  });
});
