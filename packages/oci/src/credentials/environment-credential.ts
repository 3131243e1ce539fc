/**
 * Credentials in variables: those of SQUIZZLE, and those that CI systems give their jobs.
 *
 * Each belongs to one registry and is told to no other.
 *
 * @module
 */
import type { RegistryHost } from '@squizzle/oci-spec';
import { toCredential } from './auth-file/auth-entry.ts';
import { textOf } from './auth-file/auth-file-places.ts';
import type { FoundCredential, Variables } from './credential.ts';
import { credentialsUnusable } from './credentials-unusable.ts';
import { normalHost, parseHostKey } from './host-key.ts';

const SOURCE = 'SQUIZZLE_USERNAME';
const GITHUB = 'https://github.com';

/**
 * `SQUIZZLE_USERNAME` and `SQUIZZLE_PASSWORD`, for the registry that `SQUIZZLE_REGISTRY` names; where that is not set,
 * for the one that the caller opened.
 *
 * @throws {SquizzleError} `CREDENTIALS_UNUSABLE` when one of the two is missing: without it the request would silently
 *   go without credentials.
 */
export function squizzleCredential(env: Variables, opened: RegistryHost, host: string): FoundCredential | undefined {
  const [username, password] = [textOf(env['SQUIZZLE_USERNAME']), textOf(env['SQUIZZLE_PASSWORD'])];
  const registry = textOf(env['SQUIZZLE_REGISTRY']) ?? opened;
  if (parseHostKey(registry)?.host !== normalHost(host)) return undefined;
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) {
    const [missing, present] = username === undefined ? [SOURCE, 'SQUIZZLE_PASSWORD'] : ['SQUIZZLE_PASSWORD', SOURCE];
    throw credentialsUnusable(SOURCE, `${present} is set and ${missing} is not: set both, or none`);
  }
  return { credential: toCredential(username, password), source: SOURCE };
}

/** What GitHub Actions and GitLab CI give a job for the registry of their own. */
export function ciCredential(env: Variables, host: string): FoundCredential | undefined {
  return githubCredential(env, host) ?? gitlabCredential(env, host);
}

/** The token of another GitHub server is not for ghcr.io. */
function githubCredential(env: Variables, host: string): FoundCredential | undefined {
  const server = textOf(env['GITHUB_SERVER_URL']) ?? GITHUB;
  if (env['GITHUB_ACTIONS'] !== 'true' || server !== GITHUB || normalHost(host) !== 'ghcr.io') return undefined;
  return found(env['GITHUB_ACTOR'], env['GITHUB_TOKEN'], 'GITHUB_TOKEN');
}

function gitlabCredential(env: Variables, host: string): FoundCredential | undefined {
  const place = parseHostKey(env['CI_REGISTRY'] ?? '');
  if (place === undefined || place.host !== normalHost(host)) return undefined;
  return (
    found(env['CI_REGISTRY_USER'], env['CI_REGISTRY_PASSWORD'], 'CI_REGISTRY_PASSWORD') ??
    found('gitlab-ci-token', env['CI_JOB_TOKEN'], 'CI_JOB_TOKEN')
  );
}

function found(
  username: string | undefined,
  password: string | undefined,
  source: string,
): FoundCredential | undefined {
  const [user, secret] = [textOf(username), textOf(password)];
  return user === undefined || secret === undefined ? undefined : { credential: toCredential(user, secret), source };
}
