/**
 * What is said of credentials that a registry refused, or of none: whose they were, and what to change.
 *
 * That depends on the source: a login that is kept in a file is of no use where a variable goes before it.
 *
 * @module
 */
export interface LoginAdvice {
  readonly reason: string;
  readonly hint: string;
}

/** @param source as messages name it; `null`: no credentials were found. */
export function adviseLogin(registry: string, source: string | null): LoginAdvice {
  const login = `\`squizzle login ${registry}\``;
  if (source === null) {
    const hint = `log in with ${login}, or set SQUIZZLE_USERNAME and SQUIZZLE_PASSWORD`;
    return { reason: 'credentials are required and none were found', hint };
  }
  if (source === 'options') {
    return { reason: 'the credentials that were given are refused', hint: 'check the user name and the password' };
  }
  const reason = `the credentials of ${source} are refused`;
  if (source === 'SQUIZZLE_USERNAME') return { reason, hint: 'check SQUIZZLE_USERNAME and SQUIZZLE_PASSWORD' };
  if (source === 'DOCKER_AUTH_CONFIG') return { reason, hint: 'check DOCKER_AUTH_CONFIG' };
  return { reason, hint: `log in with ${login}` };
}
