import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_CHALLENGES, MAX_CHARACTERS, parseChallenges, type Challenge } from './parse-challenges.ts';

const plain = (challenges: readonly Challenge[]) =>
  challenges.map(({ scheme, parameters, token68 }) => ({ scheme, ...Object.fromEntries(parameters), token68 }));

const challenge = (
  scheme: string,
  parameters: Readonly<Record<string, string>> = {},
  token68: string | null = null,
) => ({
  scheme,
  ...parameters,
  token68,
});

describe('parseChallenges: what registries send', () => {
  it.each([
    {
      registry: 'Docker Hub',
      line: 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:samalba/my-app:pull,push"',
      expected: challenge('bearer', {
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:samalba/my-app:pull,push',
      }),
    },
    {
      registry: 'GHCR',
      line: 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"',
      expected: challenge('bearer', {
        realm: 'https://ghcr.io/token',
        service: 'ghcr.io',
        scope: 'repository:user/image:pull',
      }),
    },
    {
      registry: 'Amazon ECR',
      line: 'Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
      expected: challenge('basic', {
        realm: 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/',
        service: 'ecr.amazonaws.com',
      }),
    },
    {
      registry: 'Amazon ECR Public',
      line: 'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
      expected: challenge('bearer', {
        realm: 'https://public.ecr.aws/token/',
        service: 'public.ecr.aws',
        scope: 'aws',
      }),
    },
    {
      registry: 'Google Artifact Registry',
      line: 'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev",scope="repository:p/r/i:pull"',
      expected: challenge('bearer', {
        realm: 'https://europe-docker.pkg.dev/v2/token',
        service: 'europe-docker.pkg.dev',
        scope: 'repository:p/r/i:pull',
      }),
    },
    {
      registry: 'Azure Container Registry',
      line: 'Bearer realm="https://myregistry.azurecr.io/oauth2/token",service="myregistry.azurecr.io",scope="repository:a:metadata_read",error="insufficient_scope"',
      expected: challenge('bearer', {
        realm: 'https://myregistry.azurecr.io/oauth2/token',
        service: 'myregistry.azurecr.io',
        scope: 'repository:a:metadata_read',
        error: 'insufficient_scope',
      }),
    },
    {
      registry: 'GitLab',
      line: 'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="repository:group/project:pull",error="invalid_token"',
      expected: challenge('bearer', {
        realm: 'https://gitlab.com/jwt/auth',
        service: 'container_registry',
        scope: 'repository:group/project:pull',
        error: 'invalid_token',
      }),
    },
    {
      registry: 'Harbor',
      line: 'Bearer realm="https://harbor.example/service/token",service="harbor-registry"',
      expected: challenge('bearer', { realm: 'https://harbor.example/service/token', service: 'harbor-registry' }),
    },
    {
      registry: 'Harbor, when a token is not enough',
      line: 'Basic realm="harbor"',
      expected: challenge('basic', { realm: 'harbor' }),
    },
    {
      registry: 'Quay',
      line: 'Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:org/app:pull"',
      expected: challenge('bearer', {
        realm: 'https://quay.io/v2/auth',
        service: 'quay.io',
        scope: 'repository:org/app:pull',
      }),
    },
    {
      registry: 'Gitea',
      line: 'Bearer realm="https://gitea.example/v2/token",service="container_registry",scope="*"',
      expected: challenge('bearer', {
        realm: 'https://gitea.example/v2/token',
        service: 'container_registry',
        scope: '*',
      }),
    },
    {
      registry: 'distribution with a token server',
      line: 'Bearer realm="https://auth.example:5001/auth",service="Docker registry",scope="repository:a:pull repository:b:push",error="insufficient_scope"',
      expected: challenge('bearer', {
        realm: 'https://auth.example:5001/auth',
        service: 'Docker registry',
        scope: 'repository:a:pull repository:b:push',
        error: 'insufficient_scope',
      }),
    },
    {
      registry: 'distribution with htpasswd',
      line: 'Basic realm="Registry Realm"',
      expected: challenge('basic', { realm: 'Registry Realm' }),
    },
    {
      registry: 'Artifactory, to HEAD',
      line: 'Bearer realm="https://docker.example/artifactory/api/docker/docker/v2/token",service="docker.example"',
      expected: challenge('bearer', {
        realm: 'https://docker.example/artifactory/api/docker/docker/v2/token',
        service: 'docker.example',
      }),
    },
  ])('$registry', ({ line, expected }) => {
    expect(plain(parseChallenges([line]))).toEqual([expected]);
  });
});

describe('parseChallenges: the grammar', () => {
  it.each([
    { lines: [], expected: [], why: 'no header' },
    { lines: ['', ' , ,'], expected: [], why: 'empty elements' },
    { lines: ['Negotiate'], expected: [challenge('negotiate')], why: 'a scheme alone' },
    {
      lines: ['Negotiate YIIZ==, NTLM'],
      expected: [challenge('negotiate', {}, 'YIIZ=='), challenge('ntlm')],
      why: 'a token68, then a further challenge',
    },
    {
      lines: ['BEARER Realm="r", SERVICE=s'],
      expected: [challenge('bearer', { realm: 'r', service: 's' })],
      why: 'schemes and names in any case',
    },
    {
      lines: ['Basic realm="a, Bearer b=\\"c\\"", charset="UTF-8", Bearer realm=r'],
      expected: [
        challenge('basic', { realm: 'a, Bearer b="c"', charset: 'UTF-8' }),
        challenge('bearer', { realm: 'r' }),
      ],
      why: 'commas, escapes and schemes inside a quoted string are text',
    },
    {
      lines: ['Basic realm="x"', 'Bearer realm="y"'],
      expected: [challenge('basic', { realm: 'x' }), challenge('bearer', { realm: 'y' })],
      why: 'several header lines',
    },
    {
      lines: ['Bearer realm = "r" , service\t=\ts'],
      expected: [challenge('bearer', { realm: 'r', service: 's' })],
      why: 'white space around the equals sign',
    },
    {
      lines: ['Bearer realm=https://auth.example/token?a=b,service=s'],
      expected: [challenge('bearer', { realm: 'https://auth.example/token?a=b', service: 's' })],
      why: 'a URL without quotes, as some send it',
    },
    {
      lines: ['Bearer realm="one",realm="two"'],
      expected: [challenge('bearer', { realm: 'one' })],
      why: 'the first of two counts',
    },
    {
      lines: ['Bearer realm="never ends, Basic realm=x'],
      expected: [challenge('bearer'), challenge('ends'), challenge('basic', { realm: 'x' })],
      why: 'a quote that never ends gives no value',
    },
    { lines: ['realm="no scheme"'], expected: [], why: 'a parameter of nothing' },
    { lines: ['"quoted", @@, Basic realm=x'], expected: [challenge('basic', { realm: 'x' })], why: 'garbage before' },
    { lines: ['Bearer scope=""'], expected: [challenge('bearer', { scope: '' })], why: 'an empty quoted value' },
  ])('$why', ({ lines, expected }) => {
    expect(plain(parseChallenges(lines))).toEqual(expected);
  });
});

describe('parseChallenges: hostile text', () => {
  it('reads no more than its bounds', () => {
    expect(parseChallenges(['a,'.repeat(MAX_CHARACTERS)])).toHaveLength(MAX_CHALLENGES);
    expect(parseChallenges([' '.repeat(MAX_CHARACTERS), 'Basic realm=x'])).toEqual([]);
    const parameters = Array.from({ length: 100 }, (_, index) => `p${index}=v`).join(',');
    expect(parseChallenges([`Bearer ${parameters}`])[0]?.parameters.size).toBe(32);
  });

  it('never throws, whatever the text', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('aB,= "\\\t\n\0;/é\u{1F600}')), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (lines) => {
        expect(parseChallenges(lines).length).toBeLessThanOrEqual(MAX_CHALLENGES);
      }),
    );
  });

  it('reads back what it is given, written as the RFC says', () => {
    const name = fc.string({
      unit: fc.constantFrom(...Array.from("abz09!#$%&'*+.^_`|~-")),
      minLength: 1,
      maxLength: 8,
    });
    const value = fc.string({ unit: fc.constantFrom(...Array.from('aZ,= "\\:/\t')), maxLength: 20 });
    const one = fc
      .tuple(name, fc.dictionary(name, value, { noNullPrototype: true, minKeys: 1, maxKeys: 4 }))
      .map(([scheme, parameters]) => ({ scheme, parameters }));
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 3 }), { maxLength: 3 }), (lines) => {
        const read = parseChallenges(lines.map((line) => line.map(format).join(', ')));
        expect(read.map(({ scheme, parameters }) => [scheme, [...parameters]])).toEqual(
          lines.flat().map(({ scheme, parameters }) => [scheme, Object.entries(parameters)]),
        );
      }),
    );
  });
});

function format({ scheme, parameters }: { scheme: string; parameters: Readonly<Record<string, string>> }): string {
  const quote = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
  return `${scheme} ${Object.entries(parameters)
    .map(([key, value]) => `${key}=${quote(value)}`)
    .join(', ')}`;
}
