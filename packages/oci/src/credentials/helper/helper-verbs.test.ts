import { describe, expect, it } from 'vitest';
import type { HelperAnswer, HelperCall } from './credential-helper.ts';
import { eraseInHelper, getFromHelper, listInHelper, storeInHelper, type Helper } from './helper-verbs.ts';

const NOT_FOUND = 'credentials not found in native keychain';

interface Said {
  readonly exitCode?: number | null;
  readonly stdout?: string;
  readonly stderr?: string;
}

function helperThat(said: Said | 'not-installed'): Helper & { readonly calls: HelperCall[] } {
  const calls: HelperCall[] = [];
  const answer: HelperAnswer =
    said === 'not-installed' ? { kind: said } : { kind: 'ended', exitCode: 0, stdout: '', stderr: '', ...said };
  return {
    name: 'test',
    calls,
    run: async (call) => {
      calls.push(call);
      return answer;
    },
  };
}

describe('getFromHelper', () => {
  it.each([
    {
      said: { stdout: '{"ServerURL":"ghcr.io","Username":"ann","Secret":"a:b"}\n' },
      finding: { kind: 'found', credential: { kind: 'basic', username: 'ann', password: 'a:b' } },
      why: 'user and password',
    },
    {
      said: { stdout: '{"Username":"<token>","Secret":"t"}' },
      finding: { kind: 'found', credential: { kind: 'identity-token', token: 't' } },
      why: 'an identity token',
    },
    { said: { stdout: '{"Username":"","Secret":""}' }, finding: { kind: 'nothing' }, why: 'empty' },
    { said: { stdout: '{"Username":"ann","Secret":""}' }, finding: { kind: 'nothing' }, why: 'a user alone' },
    { said: { exitCode: 1, stdout: `${NOT_FOUND}\n` }, finding: { kind: 'nothing' }, why: 'as the protocol says it' },
    { said: { exitCode: 1, stderr: `log\n${NOT_FOUND}\r\n` }, finding: { kind: 'nothing' }, why: 'said elsewhere' },
    { said: 'not-installed', finding: { kind: 'not-installed' }, why: 'no program' },
  ] as const)('understands $finding.kind: $why', async ({ said, finding }) => {
    expect(await getFromHelper(helperThat(said), 'ghcr.io')).toEqual(finding);
  });

  it.each([
    {
      said: { exitCode: 1, stderr: 'gpg: no secret key' },
      words: 'failed with status 1 ("gpg: no secret key")',
      why: 'a fault',
    },
    { said: { exitCode: null }, words: 'was ended', why: 'a signal' },
    { said: { exitCode: 1, stdout: 'hunter2' }, words: 'failed with status 1: run', why: 'a fault said on stdout' },
    { said: { exitCode: 1, stdout: '{"Secret":"hunter2"}', stderr: 'got hunter2' }, words: 'got ***', why: 'a leak' },
    { said: { stdout: 'hunter2' }, words: 'answered with what is no credential', why: 'no JSON' },
    { said: { stdout: '["hunter2"]' }, words: 'answered with what is no credential', why: 'a list' },
    { said: { stdout: '{"Username":"ann"}' }, words: 'answered with what is no credential', why: 'no secret' },
    {
      said: { stdout: '{"Username":7,"Secret":"hunter2"}' },
      words: 'what is no credential',
      why: 'a user that is no text',
    },
    { said: { stdout: '{"Secret":"hunter2","Username":""}' }, words: 'what is no credential', why: 'no user' },
    { said: { stdout: `${NOT_FOUND}\n` }, words: 'what is no credential', why: 'not found, but with success' },
  ])('fails without the secret: $why', async ({ said, words }) => {
    const asked = getFromHelper(helperThat(said), 'ghcr.io');
    await expect(asked).rejects.toMatchObject({
      code: 'CREDENTIALS_UNUSABLE',
      message: expect.stringContaining(words) as string,
    });
    await expect(asked).rejects.not.toThrow(/hunter2/);
  });

  it.each([
    { host: 'docker.io', input: 'https://index.docker.io/v1/' },
    { host: 'Localhost:5000', input: 'localhost:5000' },
  ])('asks for $host as $input', async ({ host, input }) => {
    const helper = helperThat({ exitCode: 1, stdout: NOT_FOUND });
    await getFromHelper(helper, host);
    expect(helper.calls).toEqual([{ name: 'test', verb: 'get', input }]);
  });
});

describe('storeInHelper', () => {
  it.each([
    { credential: { kind: 'basic', username: 'ann', password: '"pass"' }, Username: 'ann', Secret: '"pass"' },
    { credential: { kind: 'identity-token', token: 't' }, Username: '<token>', Secret: 't' },
  ] as const)('stores a credential of kind $credential.kind', async ({ credential, Username, Secret }) => {
    const helper = helperThat({});
    await storeInHelper(helper, 'ghcr.io', credential);
    expect(helper.calls.map(({ verb }) => verb)).toEqual(['store']);
    expect(JSON.parse(helper.calls[0]?.input ?? '')).toEqual({ ServerURL: 'ghcr.io', Username, Secret });
  });

  const basic = { kind: 'basic', username: 'ann', password: 'hunter2' } as const;
  it.each([
    { said: 'not-installed', credential: basic, words: 'is not installed', why: 'no plain text instead of it' },
    { said: { exitCode: 1, stderr: 'refused hunter2' }, credential: basic, words: 'refused ***', why: 'a fault' },
    {
      said: { exitCode: 1, stderr: String.raw`got "hun\"ter2"` },
      credential: { ...basic, password: 'hun"ter2' },
      words: '***',
      why: 'a fault that repeats its input',
    },
    { said: {}, credential: { kind: 'registry-token', token: 'hunter2' }, words: 'cannot keep', why: 'no such kind' },
  ] as const)('fails without the secret: $why', async ({ said, credential, words }) => {
    const asked = storeInHelper(helperThat(said), 'ghcr.io', credential);
    await expect(asked).rejects.toMatchObject({
      code: 'CREDENTIALS_UNUSABLE',
      message: expect.stringContaining(words) as string,
    });
    await expect(asked).rejects.not.toThrow(/hunter2/);
  });
});

describe('eraseInHelper', () => {
  it.each([
    { said: {}, gone: true, why: 'it is gone' },
    { said: { exitCode: 1, stdout: NOT_FOUND }, gone: false, why: 'it was not there' },
    { said: 'not-installed', gone: undefined, why: 'nobody to ask' },
  ] as const)('answers $gone: $why', async ({ said, gone }) => {
    const helper = helperThat(said);
    expect(await eraseInHelper(helper, 'https://ghcr.io')).toBe(gone);
    expect(helper.calls).toEqual([{ name: 'test', verb: 'erase', input: 'https://ghcr.io' }]);
  });

  it('tells of a fault: the login is still there', async () => {
    await expect(eraseInHelper(helperThat({ exitCode: 2 }), 'ghcr.io')).rejects.toMatchObject({
      code: 'CREDENTIALS_UNUSABLE',
    });
  });
});

describe('listInHelper', () => {
  it.each([
    { said: { stdout: '{"ghcr.io":"ann","https://x":"bob"}' }, listed: ['ghcr.io', 'https://x'], why: 'what it has' },
    { said: { exitCode: 1, stderr: 'unknown verb' }, listed: undefined, why: 'it does not know the verb' },
    { said: { stdout: 'null' }, listed: undefined, why: 'no list' },
    { said: 'not-installed', listed: undefined, why: 'nobody to ask' },
  ] as const)('answers $listed: $why', async ({ said, listed }) => {
    expect(await listInHelper(helperThat(said))).toEqual(listed);
  });
});
