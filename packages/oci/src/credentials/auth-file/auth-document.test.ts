import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalHost } from '../host-key.ts';
import { entryFor, helperFor, holdsContent, hostsIn, parseAuthDocument, type AuthDocument } from './auth-document.ts';

const auth = (user: string): { auth: string } => ({ auth: Buffer.from(`${user}:word`).toString('base64') });
const documentOf = (value: unknown): AuthDocument => parseAuthDocument(JSON.stringify(value), 'config.json');
const hostOf = (text: string): RegistryHost => text as RegistryHost;

function userFor(document: AuthDocument, host: string, repository: string | null = null): string | undefined {
  const credential = entryFor(document, { host: hostOf(host), repository });
  return credential?.kind === 'basic' ? credential.username : undefined;
}

describe('entryFor', () => {
  const namespaces = documentOf({
    auths: {
      'quay.io': auth('all'),
      'quay.io/org': auth('org'),
      'https://quay.io/org/team/': auth('team'),
      'quay.io/org/empty': {},
      'other.io/org': auth('other'),
    },
  });
  it.each([
    { repository: 'org/team/app', user: 'team', why: 'the longest counts' },
    { repository: 'org/team', user: 'team', why: 'the namespace itself' },
    { repository: 'org/teams', user: 'org', why: 'a longer word is another namespace' },
    { repository: 'org/empty/app', user: 'org', why: 'an empty entry passes on to the next' },
    { repository: 'organisation/app', user: 'all', why: 'no namespace fits' },
    { repository: null, user: 'all', why: 'no repository is asked for' },
  ])('gives $user for $repository: $why', ({ repository, user }) => {
    expect(userFor(namespaces, 'quay.io', repository)).toBe(user);
  });

  it('gives what is for a namespace to nobody outside of it', () => {
    expect(userFor(namespaces, 'other.io', 'team/app')).toBeUndefined();
    expect(userFor(namespaces, 'other.io')).toBeUndefined();
  });

  it.each([
    { keys: ['https://ghcr.io/', 'ghcr.io'], host: 'ghcr.io', user: 1, why: 'the plain name before a URL' },
    { keys: ['docker.io', 'https://index.docker.io/v1/'], host: 'docker.io', user: 1, why: "Docker's key first" },
    { keys: ['http://ghcr.io', 'ghcr.io/v2/'], host: 'ghcr.io', user: 0, why: 'else the first in the file' },
    { keys: ['registry-1.docker.io'], host: 'docker.io', user: 0, why: 'any name of the Hub' },
    { keys: ['docker.io'], host: 'registry-1.docker.io', user: 0, why: 'in both directions' },
  ])('takes key $user of $keys: $why', ({ keys, host, user }) => {
    const auths = Object.fromEntries(keys.map((key, at) => [key, auth(`user${at}`)]));
    expect(userFor(documentOf({ auths }), host)).toBe(`user${user}`);
  });

  it('passes over an empty entry to another spelling', () => {
    expect(userFor(documentOf({ auths: { 'ghcr.io': {}, 'https://ghcr.io': auth('ann') } }), 'ghcr.io')).toBe('ann');
  });

  it('does not look at entries of others, whatever they are', () => {
    const auths = { 'a.io': 7, 'b.io': { auth: [] }, '': auth('x'), 'https://': 'x', 'ghcr.io': auth('ann') };
    expect(userFor(documentOf({ auths }), 'ghcr.io')).toBe('ann');
  });

  it.each(['{}', '', ' \n', '{"auths":null}', '{"auths":{}}', '{"auths":{"ghcr.io":null}}', '{"other":[1]}'])(
    'finds nothing in %j',
    (text) => {
      expect(entryFor(parseAuthDocument(text, 'x'), { host: hostOf('ghcr.io'), repository: null })).toBeUndefined();
    },
  );

  it('is not fooled by names that JavaScript knows', () => {
    const text = `{"__proto__":{"auths":{"ghcr.io":{"auth":"YTpi"}},"credsStore":"evil"},
      "constructor":{"auths":{}},"auths":{"__proto__":{"ghcr.io":{"auth":"YTpi"}},"toString":{"auth":"YTpi"}}}`;
    const document = parseAuthDocument(text, 'x');
    expect(userFor(document, 'ghcr.io')).toBeUndefined();
    expect(userFor(document, '__proto__')).toBeUndefined();
    expect(helperFor(document, 'ghcr.io')).toBeUndefined();
  });

  const label = fc.stringMatching(/^[a-z0-9]{1,3}$/);
  const hosts = fc.oneof(
    fc.tuple(label, label).map((labels) => labels.join('.')),
    fc.tuple(label, label, fc.constantFrom(':1', ':443', '')).map(([a, b, port]) => `${a}.${b}${port}`),
    fc.constantFrom(
      'docker.io',
      'index.docker.io',
      'registry-1.docker.io',
      'ghcr.io',
      'ghcr.io.evil.com',
      'evilghcr.io',
    ),
  );
  const spellings = fc.constantFrom(
    '#',
    'https://#',
    'http://#/',
    '#/v2/',
    'https://#/v1/',
    '#/',
    '#/org',
    '#/org/app',
  );

  it('gives nothing that was kept for another host, however both are spelled', () => {
    fc.assert(
      fc.property(hosts, spellings, hosts, (kept, spelling, asked) => {
        const host = parseRegistryHost(asked);
        fc.pre(host !== undefined);
        const document = documentOf({ auths: { [spelling.replace('#', kept)]: auth('ann') } });
        const same = normalHost(kept) === normalHost(asked);
        expect(userFor(document, asked, 'org/app/x')).toBe(same ? 'ann' : undefined);
      }),
      { numRuns: 300 },
    );
  });
});

describe('helperFor', () => {
  it.each([
    { file: { credsStore: 'all', credHelpers: { 'ghcr.io': 'own' } }, helper: 'own', why: 'its own first' },
    { file: { credsStore: 'all', credHelpers: { 'quay.io': 'own' } }, helper: 'all', why: 'else the one for all' },
    {
      file: { credsStore: 'all', credHelpers: { 'ghcr.io': '' } },
      helper: undefined,
      why: 'explicitly none, as in Docker',
    },
    { file: { credHelpers: { 'https://ghcr.io/': 'own' } }, helper: 'own', why: 'spelled as a URL' },
    { file: { credHelpers: { 'ghcr.io.evil.com': 'x', 'evilghcr.io': 'x' } }, helper: undefined, why: 'other hosts' },
    { file: { credHelpers: { 'ghcr.io/org': 'x' } }, helper: undefined, why: 'helpers know whole registries only' },
    { file: { credsStore: '' }, helper: undefined, why: 'an empty name' },
    { file: { credsStore: null, credHelpers: null }, helper: undefined, why: 'null is as good as absent' },
  ])('answers $helper: $why', ({ file, helper }) => {
    expect(helperFor(documentOf(file), 'ghcr.io')).toBe(helper);
  });
});

it('finds the helper of Docker Hub under its old name', () => {
  const document = documentOf({ credHelpers: { 'https://index.docker.io/v1/': 'hub' } });
  expect(helperFor(document, 'docker.io')).toBe('hub');
});

describe('a file of wrong shape', () => {
  const query = { host: hostOf('ghcr.io'), repository: 'org/app' };
  const readAll = (text: string): unknown => {
    const document = parseAuthDocument(text, 'the file');
    return [helperFor(document, query.host), entryFor(document, query)];
  };
  it.each([
    { text: '{"auths":', why: 'cut off' },
    { text: 'secretword', why: 'no JSON' },
    { text: '{"auths":{"ghcr.io":{"auth":"secretword"} x}', why: 'a fault near a secret' },
    { text: '[]', why: 'a list' },
    { text: '"secretword"', why: 'a text' },
    { text: 'null', why: 'null' },
    { text: '{"auths":[]}', why: 'auths is a list' },
    { text: '{"auths":"secretword"}', why: 'auths is a text' },
    { text: '{"credHelpers":"secretword"}', why: 'credHelpers is a text' },
    { text: '{"credHelpers":{"ghcr.io":{}}}', why: 'a helper is an object' },
    { text: '{"credsStore":["secretword"]}', why: 'credsStore is a list' },
    { text: `${'['.repeat(50_000)}${']'.repeat(50_000)}`, why: 'deeply nested' },
  ])('is refused by name: $why', ({ text }) => {
    expect(() => readAll(text)).toThrow(
      expect.objectContaining({
        code: 'CREDENTIALS_UNUSABLE',
        message: expect.stringMatching(/^the file: /) as string,
      }),
    );
    expect(() => readAll(text)).not.toThrow(/secretword/);
  });

  it('may be nested deeply where nobody looks', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(readAll(`{"x":${deep},"auths":{"ghcr.io":{"auth":"YTpi"}}}`)).toEqual([
      undefined,
      { kind: 'basic', username: 'a', password: 'b' },
    ]);
  });
});

describe('hostsIn and holdsContent', () => {
  const document = documentOf({
    auths: {
      'https://index.docker.io/v1/': {},
      'docker.io': auth('ann'),
      'b.io/org': auth('x'),
      'a.io': { auth: '' },
      'c.io': {},
    },
  });

  it('names each registry once, sorted, and no namespace', () => {
    expect(hostsIn(document)).toEqual(['a.io', 'c.io', 'docker.io']);
  });

  it.each([
    { host: 'docker.io', expected: true, why: 'one of its entries does' },
    { host: 'c.io', expected: false, why: 'empty' },
    { host: 'b.io', expected: false, why: 'only a namespace of it does' },
    { host: 'd.io', expected: false, why: 'not there' },
  ])('knows that $host holds content: $expected ($why)', ({ host, expected }) => {
    expect(holdsContent(document, host)).toBe(expected);
  });
});
