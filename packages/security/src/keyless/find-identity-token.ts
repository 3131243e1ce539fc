/**
 * Tokens that are at hand without asking anybody: of the job that runs this.
 *
 * @module
 */
import { firstLine } from '../signing/program/first-line.ts';
import type { Variables } from '../signing/program/program-environment.ts';
import { runProgram as run, type RunProgram } from '../signing/program/run-program.ts';
import { explicitToken } from './explicit-token.ts';
import { githubToken } from './github-token.ts';
import { identityUnavailable } from './identity-unavailable.ts';
import { SIGSTORE_AUDIENCE, type IdentityTokenSource } from './identity-token.ts';

export interface FindTokenOptions {
  readonly env: Variables;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Of Buildkite's agent. Default: the program is started. */
  readonly runProgram?: RunProgram | undefined;
}

const TOKEN_VARIABLE = 'SIGSTORE_ID_TOKEN';

/**
 * The variable `SIGSTORE_ID_TOKEN` (GitLab's `id_tokens`, or anybody's), GitHub Actions, Buildkite, in this order:
 * what somebody has set on purpose comes first.
 *
 * @returns `null` when none is there; `explainMissingToken` says what to do.
 */
export function findIdentityToken({ env, fetch, runProgram = run }: FindTokenOptions): IdentityTokenSource | null {
  const given = env[TOKEN_VARIABLE]?.trim() ?? '';
  if (given !== '') return explicitToken(given, `the variable ${TOKEN_VARIABLE}`);
  const url = env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '';
  const bearer = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  if (url !== '' && bearer !== '') return githubToken(url, bearer, fetch);
  return env['BUILDKITE'] === 'true' ? buildkiteToken(env, runProgram) : null;
}

/** Why there is no token here, and what to do, for the message of whoever needed one. */
export function explainMissingToken(env: Variables): string {
  if (env['GITHUB_ACTIONS'] === 'true') {
    return "GitHub Actions gives this job no token: add 'permissions: id-token: write' to it (jobs of forks get none)";
  }
  if (env['GITLAB_CI'] === 'true') {
    return `GitLab gives this job no token: add 'id_tokens: ${TOKEN_VARIABLE}: aud: ${SIGSTORE_AUDIENCE}' to it`;
  }
  return `there is no token of a CI job: set ${TOKEN_VARIABLE}, sign in with --interactive, or sign with a key`;
}

function buildkiteToken(env: Variables, runProgram: RunProgram): IdentityTokenSource {
  const program = 'buildkite-agent';
  const args = ['oidc', 'request-token', '--audience', SIGSTORE_AUDIENCE];
  return {
    description: 'Buildkite',
    token: async (call = {}) => {
      const answer = await runProgram({ program, args, input: new Uint8Array(), env, timeoutMs: 30_000 }, call);
      if (answer.kind === 'failed') throw identityUnavailable(`${program} ${answer.reason}`);
      if (answer.exitCode === 0) return answer.stdout.trim();
      const said = firstLine(answer.stderr);
      throw identityUnavailable(
        `${program} gave no token${said === '' ? '' : ` and said: ${said}`}: see the job's log`,
      );
    },
  };
}
