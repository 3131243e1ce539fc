import { describe, expect, it } from 'vitest';
import { checkRealm, type RealmRules } from './realm-safety.ts';

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'registry.example': ['203.0.114.5'],
  'auth.example': ['203.0.114.6', '2001:4860::6'],
  'registry.corp': ['10.0.0.5'],
  'auth.corp': ['10.0.0.6'],
  'registry.mixed': ['203.0.114.5', '10.0.0.5'],
  'inner.example': ['203.0.114.6', '10.0.0.6'],
  'loops.example': ['127.0.0.1'],
  'registry.loop': ['127.0.0.1', '::1'],
  'mapped.example': ['::ffff:10.0.0.6'],
  'nat64.example': ['64:ff9b::a9fe:a9fe'],
};

const asked: string[] = [];
const lookup: RealmRules['lookup'] = async (hostname) => {
  asked.push(hostname);
  const found = ADDRESSES[hostname];
  if (found === undefined) throw new RangeError('getaddrinfo ENOTFOUND');
  return found;
};

async function check(realm: string, registry: string, rules: Partial<RealmRules> = {}) {
  const origin = new URL(registry);
  return checkRealm(realm, { registry: origin.host, repository: null }, { origin, lookup, ...rules });
}

describe('checkRealm lets credentials go', () => {
  it.each([
    { realm: 'https://auth.example/token', registry: 'https://registry.example', addresses: 'public', why: 'public' },
    { realm: 'https://auth.example/token', registry: 'http://127.0.0.1:5000', addresses: 'public', why: 'out of here' },
    {
      realm: 'https://registry.corp/token',
      registry: 'https://registry.corp',
      addresses: 'any',
      why: 'the same origin',
    },
    {
      realm: 'https://auth.corp/token',
      registry: 'https://registry.corp',
      addresses: 'not-local',
      why: 'both private',
    },
    { realm: 'http://auth.corp/token', registry: 'http://registry.corp', addresses: 'not-local', why: 'both http' },
    {
      realm: 'https://auth.corp/t',
      registry: 'http://localhost:5000',
      addresses: 'not-local',
      why: 'a private one from here',
    },
    {
      realm: 'http://127.0.0.1:5001/t',
      registry: 'http://127.0.0.1:5000',
      addresses: 'ordinary',
      why: 'both on this machine',
    },
    {
      realm: 'http://localhost:5001/t',
      registry: 'http://registry.loop:5000',
      addresses: 'ordinary',
      why: 'a name for here',
    },
    {
      realm: 'http://[::1]:5001/t',
      registry: 'http://0.0.0.0:5000',
      addresses: 'ordinary',
      why: 'unspecified is here',
    },
    {
      realm: 'https://gone.example/t',
      registry: 'https://registry.example',
      addresses: 'public',
      why: 'not resolved: public',
    },
    {
      realm: 'https://gone.corp/t',
      registry: 'https://registry.corp',
      addresses: 'not-local',
      why: 'not resolved: as private',
    },
    {
      realm: 'http://gone.corp/t',
      registry: 'http://localhost:5000',
      addresses: 'ordinary',
      why: 'not resolved: never metadata',
    },
  ])('to $realm for $registry: $why', async ({ realm, registry, addresses }) => {
    expect(await check(realm, registry)).toEqual({ url: new URL(realm), addresses });
  });

  it('without resolving anything on the same origin, and without the fragment', async () => {
    asked.length = 0;
    const { url } = await check('https://registry.example/token?a=b#c', 'https://registry.example');
    expect(url.href).toBe('https://registry.example/token?a=b');
    expect(asked).toEqual([]);
  });
});

describe('checkRealm refuses', () => {
  it.each([
    { realm: 'http://auth.example/token', registry: 'https://registry.example', why: 'http for https' },
    { realm: 'http://registry.example/token', registry: 'https://registry.example', why: 'http on the same host' },
    { realm: 'ftp://auth.example/token', registry: 'https://registry.example', why: 'another protocol' },
    { realm: 'Registry Realm', registry: 'https://registry.example', why: 'what is no URL' },
    { realm: 'file:///etc/passwd', registry: 'http://localhost:5000', why: 'a file' },
    { realm: 'https://u:p@auth.example/token', registry: 'https://registry.example', why: 'userinfo' },
    { realm: 'https://127.0.0.1/t', registry: 'https://registry.example', why: 'loopback' },
    { realm: 'https://2130706433/t', registry: 'https://registry.example', why: 'loopback as one number' },
    { realm: 'https://0x7f.1/t', registry: 'https://registry.example', why: 'loopback in hex' },
    { realm: 'https://0.0.0.0/t', registry: 'https://registry.example', why: 'the unspecified address' },
    { realm: 'https://[::1]/t', registry: 'https://registry.example', why: 'loopback, IPv6' },
    { realm: 'https://[::ffff:127.0.0.1]/t', registry: 'https://registry.example', why: 'loopback, mapped' },
    { realm: 'https://localhost/t', registry: 'https://registry.example', why: 'localhost' },
    { realm: 'https://a.localhost./t', registry: 'https://registry.example', why: 'below localhost' },
    { realm: 'https://10.0.0.6/t', registry: 'https://registry.example', why: 'a private address' },
    { realm: 'https://[fd00::6]/t', registry: 'https://registry.example', why: 'a private address, IPv6' },
    { realm: 'https://169.254.169.254/t', registry: 'https://registry.example', why: 'metadata' },
    { realm: 'https://metadata.google.internal/t', registry: 'https://registry.example', why: 'metadata by name' },
    { realm: 'https://auth.corp/t', registry: 'https://registry.example', why: 'a name for a private address' },
    { realm: 'http://169.254.169.254/t', registry: 'http://169.254.1.1:5000', why: 'metadata beside link-local' },
    { realm: 'https://203.0.113.9/t', registry: 'https://registry.corp', why: 'an address of documents' },
    { realm: 'https://loops.example/t', registry: 'https://registry.example', why: 'a name for loopback' },
    {
      realm: 'https://mapped.example/t',
      registry: 'https://registry.example',
      why: 'a name for a mapped private address',
    },
    { realm: 'https://nat64.example/t', registry: 'https://registry.example', why: 'a name for metadata behind NAT64' },
    { realm: 'https://inner.example/t', registry: 'https://registry.example', why: 'one private address of two' },
    { realm: 'https://auth.corp/t', registry: 'https://registry.mixed', why: 'a registry that is public as well' },
    { realm: 'https://auth.corp/t', registry: 'https://registry.gone', why: 'a registry that cannot be resolved' },
    { realm: 'https://127.0.0.1/t', registry: 'https://registry.corp', why: 'loopback, of a private registry' },
    { realm: 'https://169.254.169.254/t', registry: 'https://registry.corp', why: 'metadata, of a private registry' },
    {
      realm: 'http://169.254.169.254/t',
      registry: 'http://localhost:5000',
      why: 'metadata, of a registry on this machine',
    },
    {
      realm: 'https://registry.corp:8443/t',
      registry: 'https://registry.mixed',
      why: 'another port is another origin',
    },
  ])('$realm for $registry: $why', async ({ realm, registry }) => {
    await expect(check(realm, registry)).rejects.toMatchObject({
      code: 'INSECURE_REALM',
      details: { registry: new URL(registry).host, status: 401 },
    });
  });

  it('without showing what the registry was sent', async () => {
    const refused = check('http://auth.example/hunter2-hunter2', 'https://registry.example', {
      secrets: ['hunter2-hunter2'],
    });
    await expect(refused).rejects.toMatchObject({ details: { realm: 'http://auth.example/***' } });
  });

  it('without showing what the address hides', async () => {
    const refused = check('http://user:s3cret@auth.example/t?key=s3cret', 'https://registry.example');
    await expect(refused).rejects.toSatisfy((error) => !JSON.stringify([error, String(error)]).includes('s3cret'));
  });
});

describe('checkRealm goes by the address at which the registry answered', () => {
  const reachedAt = (address: string | undefined) => ({ reachedAt: () => address });

  it.each([
    { address: '10.0.0.5', registry: 'https://registry.mixed', why: 'the private one of two' },
    { address: undefined, registry: 'https://registry.corp', why: 'it is not known: the name is resolved' },
  ])('and allows: $why', async ({ address, registry }) => {
    const { addresses } = await check('https://auth.corp/t', registry, reachedAt(address));
    expect(addresses).toBe('not-local');
  });

  it('and refuses where the registry’s name means another address by now', async () => {
    const checking = check('https://auth.corp/t', 'https://registry.corp', reachedAt('203.0.114.5'));
    await expect(checking).rejects.toMatchObject({ code: 'INSECURE_REALM' });
  });
});

describe('checkRealm through a proxy', () => {
  const hasProxy = (): boolean => true;

  it('takes names as they are', async () => {
    asked.length = 0;
    expect((await check('https://auth.corp/t', 'https://registry.example', { hasProxy })).addresses).toBe('public');
    expect(asked).toEqual([]);
  });

  it.each([
    { realm: 'https://10.0.0.6/t', why: 'a literal address' },
    { realm: 'https://localhost/t', why: 'localhost' },
    { realm: 'https://metadata.goog/t', why: 'metadata by name' },
    { realm: 'http://auth.example/t', why: 'http' },
  ])('still refuses $why', async ({ realm }) => {
    await expect(check(realm, 'https://registry.example', { hasProxy })).rejects.toMatchObject({
      code: 'INSECURE_REALM',
    });
  });
});

describe('checkRealm', () => {
  it('stops when the caller does, also while names are resolved', async () => {
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    const origin = new URL('https://registry.example');
    const never: RealmRules['lookup'] = async () => new Promise(() => undefined);
    const place = { registry: origin.host, repository: null };
    const checking = checkRealm('https://auth.example/t', place, { origin, lookup: never }, controller.signal);
    controller.abort(reason);
    await expect(checking).rejects.toBe(reason);
  });

  it('asks the system’s resolver unless told otherwise, here for a name that cannot be', async () => {
    const origin = new URL('https://203.0.114.5');
    const place = { registry: origin.host, repository: null };
    await expect(checkRealm(`https://${'x'.repeat(64)}.invalid/t`, place, { origin })).resolves.toMatchObject({
      addresses: 'public',
    });
  });
});
