import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, startScriptedService, type Script, type ScriptedService } from '../../test/scripted-service.ts';
import { expectSecretFree, thrownBy } from '../../test/told-by.ts';
import type { ProgramAnswer, ProgramCall } from '../signing/program/run-program.ts';
import { explicitToken } from './explicit-token.ts';
import { explainMissingToken, findIdentityToken } from './find-identity-token.ts';

const BEARER = 'planted-bearer-4711';
const TOKEN = 'planted.token.4711';
let github: ScriptedService;
beforeAll(async () => {
  github = await startScriptedService();
});
afterAll(() => github[Symbol.asyncDispose]());

const actions = (more: object = {}) => ({
  GITHUB_ACTIONS: 'true',
  ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/token?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: BEARER,
  ...more,
});

describe('findIdentityToken', () => {
  it('asks GitHub Actions for a token of our audience', async () => {
    github.answer(({ headers }) =>
      headers['authorization'] === `Bearer ${BEARER}` ? json({ value: TOKEN }) : json({}, 401),
    );
    const source = findIdentityToken({ env: actions() });
    expect(await source?.token()).toBe(TOKEN);
    expect(source?.description).toBe('GitHub Actions');
    expect(github.requests.at(-1)?.path).toBe('/token?api-version=2.0&audience=sigstore');
  });

  it('prefers what somebody has set on purpose', async () => {
    const source = findIdentityToken({ env: actions({ SIGSTORE_ID_TOKEN: ` ${TOKEN}\n` }) });
    expect(await source?.token()).toBe(TOKEN);
    expect(source?.description).toBe('the variable SIGSTORE_ID_TOKEN');
  });

  it('asks the agent of Buildkite', async () => {
    const calls: ProgramCall[] = [];
    const runProgram = async (call: ProgramCall): Promise<ProgramAnswer> => {
      calls.push(call);
      return { kind: 'ended', exitCode: 0, stdout: `${TOKEN}\n`, stderr: '' };
    };
    const source = findIdentityToken({ env: { BUILDKITE: 'true' }, runProgram });
    expect(await source?.token()).toBe(TOKEN);
    expect(calls[0]).toMatchObject({
      program: 'buildkite-agent',
      args: ['oidc', 'request-token', '--audience', 'sigstore'],
    });
  });

  it.each([
    { where: 'a laptop', env: {} },
    { where: 'a job of GitHub that may have no token', env: { GITHUB_ACTIONS: 'true' } },
    { where: 'a job with half of what it needs', env: { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x' } },
    { where: 'an empty variable', env: { SIGSTORE_ID_TOKEN: ' ' } },
  ])('finds none on $where', ({ env }) => {
    expect(findIdentityToken({ env })).toBeNull();
  });

  it.each<{ fault: string; script: Script; env?: object; code: string; tells: string }>([
    {
      fault: 'a job without the permission',
      script: ({ headers }) => json({ message: headers['authorization'] }, 403),
      code: 'SIGNING_FAILED',
      tells: 'id-token: write',
    },
    {
      fault: 'another answer',
      script: () => json({ count: 1 }),
      code: 'SIGNING_FAILED',
      tells: 'not of the expected form',
    },
    {
      fault: 'a redirect',
      script: () => ({ status: 302, headers: { location: 'https://evil.example' } }),
      code: 'SIGNING_FAILED',
      tells: 'redirects are not followed',
    },
    {
      fault: 'an address without encryption',
      script: () => ({}),
      env: { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://pipelines.example/planted-path' },
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'is not an https address',
    },
    {
      fault: 'a bearer that breaks the header',
      script: () => ({}),
      env: { ACTIONS_ID_TOKEN_REQUEST_TOKEN: `${BEARER}\nx` },
      code: 'IDENTITY_UNAVAILABLE',
      tells: 'is no token',
    },
  ])('tells $fault with $code', async ({ script, env, code, tells }) => {
    github.answer(script);
    const error = await thrownBy(() => findIdentityToken({ env: actions(env) })?.token());
    expect(error.code).toBe(code);
    expect(error.message).toContain(tells);
    expectSecretFree(error, [BEARER, 'planted-path']);
  });

  it.each<{ fault: string; answer: ProgramAnswer; tells: string }>([
    {
      fault: 'is not there',
      answer: { kind: 'failed', reason: 'is not installed' },
      tells: 'buildkite-agent is not installed',
    },
    {
      fault: 'refuses',
      answer: { kind: 'ended', exitCode: 1, stdout: TOKEN, stderr: 'no OIDC\nplanted' },
      tells: 'and said: no OIDC: ',
    },
    { fault: 'says nothing', answer: { kind: 'ended', exitCode: 1, stdout: '', stderr: '' }, tells: 'gave no token: ' },
  ])('tells of an agent that $fault', async ({ answer, tells }) => {
    const source = findIdentityToken({ env: { BUILDKITE: 'true' }, runProgram: () => Promise.resolve(answer) });
    const error = await thrownBy(() => source?.token());
    expect(error.code).toBe('IDENTITY_UNAVAILABLE');
    expect(error.message).toContain(tells);
    expectSecretFree(error, [TOKEN, 'planted']);
  });
});

it.each([
  { env: { GITHUB_ACTIONS: 'true' }, tells: 'permissions: id-token: write' },
  { env: { GITLAB_CI: 'true' }, tells: 'id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore' },
  { env: {}, tells: '--interactive' },
])('says what to do where there is no token: $env', ({ env, tells }) => {
  expect(explainMissingToken(env)).toContain(tells);
});

it('an explicit token stops with the signal', async () => {
  const reason = new Error('enough');
  await expect(explicitToken(TOKEN, 'a file').token({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
