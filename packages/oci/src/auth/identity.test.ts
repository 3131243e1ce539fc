import { parseRegistryHost, parseRepositoryName, type RegistryHost, type RepositoryName } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { plainSend } from '../../test/plain-send.ts';
import {
  challenge,
  startTokenRegistry,
  type TokenRegistry,
  type TokenRegistryOptions,
} from '../../test/token-registry.ts';
import type { Credential } from '../credentials/credential.ts';
import { TRANSFER_LIMITS } from '../http/transfer-limits.ts';
import { probeIdentity } from './identity.ts';

const ACCOUNT: TokenRegistryOptions = {
  username: 'alice',
  password: 'planted-password',
  rights: ['repository:a:pull,push'],
};
const alice: Credential = { kind: 'basic', username: 'alice', password: 'planted-password' };
const BASIC = `Basic ${Buffer.from('alice:planted-password').toString('base64')}`;
const a = parseRepositoryName('a') as RepositoryName;

const probe = async (registry: TokenRegistry, credential?: Credential, repository: RepositoryName | null = a) =>
  probeIdentity(
    plainSend,
    {
      registry: parseRegistryHost(registry.origin.host) as RegistryHost,
      origin: registry.origin,
      credentials: async () => (credential === undefined ? undefined : { credential, source: 'a test' }),
      sendToken: plainSend,
      now: () => 0,
      limits: TRANSFER_LIMITS,
    },
    { repository },
  );

const byToken = (granted: boolean) => ({ granted, evidence: 'token' });
const byService = (granted: boolean) => ({ granted, evidence: 'token-service' });
const byAnswer = (granted: boolean) => ({ granted, evidence: 'answer' });
const unknown = { granted: null, evidence: 'none' };

describe('probeIdentity', () => {
  it('reads a token that says who it is for and what it allows', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, tokens: 'jwt' });
    expect(await probe(registry, alice)).toEqual({
      scheme: 'bearer',
      identity: 'alice',
      credentials: 'a test',
      rights: { pull: byToken(true), push: byToken(true), delete: byToken(false) },
    });
  });

  it('goes by what the token service gives where tokens say nothing', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideService(({ target }) => (target.includes('delete') ? { status: 403 } : undefined));
    expect(await probe(registry, alice)).toEqual({
      scheme: 'bearer',
      identity: 'alice',
      credentials: 'a test',
      rights: { pull: byAnswer(true), push: byAnswer(true), delete: byService(false) },
    });
  });

  it('believes the registry more than a token when it comes to pulling', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, rights: [] });
    expect((await probe(registry, alice)).rights?.pull).toEqual(byAnswer(false));
  });

  it('says what anybody may do', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, open: ['repository:a:pull'] });
    registry.overrideService(({ target }) =>
      target.includes('push') || target.includes('delete') ? { status: 401 } : undefined,
    );
    expect(await probe(registry)).toEqual({
      scheme: 'bearer',
      identity: null,
      credentials: null,
      rights: { pull: byAnswer(true), push: byService(false), delete: byService(false) },
    });
  });

  it('knows no rights without a repository', async () => {
    await using registry = await startTokenRegistry({ ...ACCOUNT, tokens: 'jwt' });
    expect(await probe(registry, alice, null)).toMatchObject({ identity: 'alice', rights: null });
  });

  it.each([
    { head: 200, post: 202, del: 404, rights: [true, true, true], why: 'everything' },
    { head: 404, post: 403, del: 403, rights: [true, false, false], why: 'nothing is there, and it may be read only' },
    { head: 403, post: 401, del: 405, rights: [false, false, false], why: 'nothing, and nobody deletes' },
    { head: 500, post: 500, del: 500, rights: [null, null, null], why: 'the registry fails' },
  ])('tries what may be done with Basic: $why', async ({ head, post, del, rights: [pull, push, deletion] }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    const statuses: Readonly<Record<string, number>> = { HEAD: head, POST: post, DELETE: del };
    registry.overrideRegistry(({ method, target, authorization }) => {
      if (authorization !== BASIC) return challenge('Basic realm=x');
      return { status: statuses[method] ?? 200, headers: { location: `${target}session` } };
    });
    const right = (granted: boolean | null | undefined) => (granted == null ? unknown : byAnswer(granted));
    expect(await probe(registry, alice)).toEqual({
      scheme: 'basic',
      identity: 'alice',
      credentials: 'a test',
      rights: { pull: right(pull), push: right(push), delete: right(deletion) },
    });
  });

  it('leaves no upload behind', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    await probe(registry, alice);
    const uploads = registry.atRegistry.filter(({ target }) => target.includes('/uploads/'));
    expect(uploads.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'POST /v2/a/blobs/uploads/',
      'DELETE /v2/a/blobs/uploads/session',
    ]);
  });

  it('deletes nothing but an upload', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(({ method, authorization }) => {
      if (authorization !== BASIC) return challenge('Basic realm=x');
      return { status: method === 'POST' ? 202 : 404, headers: { location: '/v2/a/manifests/v1' } };
    });
    await probe(registry, alice);
    const deleted = registry.atRegistry.filter(({ method }) => method === 'DELETE');
    expect(deleted.map(({ target }) => target)).toEqual([expect.stringMatching(/\/manifests\/sha256:0+$/)]);
  });

  it('shows nothing where anybody is let in', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(() => ({ status: 200 }));
    expect(await probe(registry, alice)).toMatchObject({ scheme: 'none', identity: null, credentials: null });
    expect(registry.atRegistry.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it.each([
    { password: alice.password, code: undefined },
    { password: 'wrong', code: 'AUTH_REQUIRED' },
  ])('shows a password where anybody is let in and the registry says how: $code', async ({ password, code }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(({ authorization }) => ({
      status: authorization === undefined || authorization === BASIC ? 200 : 401,
      headers: { 'www-authenticate': 'Basic realm=x' },
    }));
    const outcome: unknown = await probe(registry, { ...alice, password }, null).catch((thrown: unknown) => thrown);
    expect(outcome).toMatchObject(code === undefined ? { scheme: 'basic', identity: 'alice' } : { code });
  });

  it('tries a registry token, and reads it where it can', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(({ authorization }) =>
      authorization === 'Bearer mine' ? { status: 200 } : challenge(`Bearer realm="${registry.realm}"`),
    );
    expect(await probe(registry, { kind: 'registry-token', token: 'mine' })).toMatchObject({
      identity: null,
      rights: { pull: byAnswer(true), push: unknown, delete: unknown },
    });
    expect(registry.atService).toEqual([]);
  });

  it.each([
    {
      credential: { ...alice, password: 'wrong' } as Credential,
      source: 'a test',
      lines: undefined,
      why: 'they are wrong',
    },
    { credential: undefined, source: null, lines: ['Basic realm=x'], why: 'there are none' },
    { credential: alice, source: null, lines: ['Negotiate'], why: 'nothing is spoken that would take them' },
    { credential: alice, source: 'a test', lines: ['Basic realm=x'], why: 'the registry refuses them' },
  ])('throws AUTH_REQUIRED when credentials are not taken: $why', async ({ credential, source, lines }) => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideRegistry(() => (lines === undefined ? undefined : challenge(...lines)));
    const probing = probe(registry, credential);
    await expect(probing).rejects.toMatchObject({ code: 'AUTH_REQUIRED', details: { credentials: source } });
    await expect(probing).rejects.not.toThrow(/planted|wrong/);
  });

  it('fails where refused credentials would look like a missing right', async () => {
    await using registry = await startTokenRegistry(ACCOUNT);
    registry.overrideService(({ target }) => (target.includes('scope=repository') ? { status: 401 } : undefined));
    await expect(probe(registry, alice)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });
});
