/**
 * The large registries of the world, as far as a client can tell them apart: names, token services, refusals.
 *
 * Each is ours behind a script, with a certificate for its real name, reached through a proxy that leads the name here.
 * What is simulated is what their documentation says and what their clients work around; each quirk has its source.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { createAuthority } from './certificates.ts';
import { startConnectProxy } from './connect-proxy.ts';
import {
  aimed,
  answering,
  startHostileRegistry,
  type HostileRegistry,
  type Script,
} from './hostile/hostile-registry.ts';

export interface Simulation {
  readonly name: string;
  /** As references write it. */
  readonly registry: string;
  readonly repository: string;
  readonly username: string;
  readonly password: string;
  /** Where its API answers, where that is another host. */
  readonly apiHost?: string;
  /** `undefined`: it takes user name and password with every request. */
  readonly tokens?: { readonly realm: string; readonly service: string };
  /** What it does otherwise than the specification says. */
  readonly quirks: readonly Script[];
}

/** Neither the API nor the header: what was attached is found through the fallback tag. */
const withoutReferrers: readonly Script[] = [
  aimed({ target: /\/referrers\// }, answering(404, {}, '{"errors":[{"code":"NOT_FOUND"}]}')),
];

const withoutDeletion = (status: number): Script =>
  aimed(
    { method: 'DELETE', target: /\/manifests\// },
    answering(status, {}, '{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}'),
  );

export const SIMULATIONS: readonly Simulation[] = [
  {
    name: 'Docker Hub',
    registry: 'docker.io',
    repository: 'myuser/migrations',
    apiHost: 'registry-1.docker.io',
    username: 'myuser',
    password: 'dckr_pat_simulated-1',
    tokens: { realm: 'https://auth.docker.io/token', service: 'registry.docker.io' },
    quirks: withoutReferrers,
  },
  {
    name: 'GitHub Container Registry',
    registry: 'ghcr.io',
    repository: 'myorg/migrations',
    username: 'octocat',
    password: 'ghp_simulated-2',
    tokens: { realm: 'https://ghcr.io/token', service: 'ghcr.io' },
    quirks: [...withoutReferrers, withoutDeletion(405)],
  },
  {
    name: 'Amazon ECR',
    registry: '123456789012.dkr.ecr.us-east-1.amazonaws.com',
    repository: 'migrations',
    username: 'AWS',
    password: 'ecr-simulated-3',
    quirks: [
      // https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html: at most 1,000 tags a page
      aimed(
        { target: /\/tags\/list\?.*n=(?:1\d{3,}[1-9]|[2-9]\d{3,}|1[1-9]\d\d)/ },
        answering(400, {}, '{"errors":[{"code":"UNSUPPORTED","message":"Invalid parameter at maxResults"}]}'),
      ),
    ],
  },
  {
    name: 'Google Artifact Registry',
    registry: 'us-central1-docker.pkg.dev',
    repository: 'myproject/myrepo/migrations',
    username: '_json_key',
    password: '{"type":"service_account","private_key":"gar-simulated-4"}',
    tokens: { realm: 'https://us-central1-docker.pkg.dev/v2/token', service: 'us-central1-docker.pkg.dev' },
    quirks: [],
  },
];

export interface SimulatedWorld extends AsyncDisposable {
  /** What a program needs to reach it: proxy and authority. */
  readonly env: Readonly<Record<string, string>>;
  readonly ca: string;
  readonly registries: ReadonlyMap<string, HostileRegistry>;
  /** `host:port` of every connection that was asked for. */
  readonly targets: readonly string[];
}

export async function startSimulatedWorld(simulations: readonly Simulation[] = SIMULATIONS): Promise<SimulatedWorld> {
  const authority = createAuthority();
  const registries = new Map<string, HostileRegistry>();
  const ports: Record<string, number> = {};
  for (const simulation of simulations) {
    const hosts = hostsOf(simulation);
    const registry = await startHostileRegistry({ tls: authority.issue({ hosts }), script: scriptOf(simulation) });
    registries.set(simulation.registry, registry);
    for (const host of hosts) ports[`${host}:443`] = Number(new URL(registry.url).port);
  }
  const proxy = await startConnectProxy(ports);
  return {
    env: { HTTPS_PROXY: proxy.url },
    ca: authority.ca,
    registries,
    targets: proxy.targets,
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      for (const registry of registries.values()) await registry[Symbol.asyncDispose]();
    },
  };
}

function hostsOf({ registry, apiHost = registry, tokens }: Simulation): readonly string[] {
  return [...new Set([apiHost, ...(tokens === undefined ? [] : [new URL(tokens.realm).hostname])])];
}

function scriptOf(simulation: Simulation): Script {
  const login = simulation.tokens === undefined ? basicLogin(simulation) : tokenLogin(simulation, simulation.tokens);
  return (request, response, at) => [login, ...simulation.quirks].some((script) => script(request, response, at));
}

function basicLogin(simulation: Simulation): Script {
  return (request, response, at) =>
    hasBasic(request, simulation)
      ? false
      : answering(401, {
          'www-authenticate': `Basic realm="https://${simulation.registry}/",service="ecr.amazonaws.com"`,
        })(request, response, at);
}

/** A token is good for the scopes that it was asked for, and is taken nowhere else. */
function tokenLogin(
  simulation: Simulation,
  { realm, service }: { readonly realm: string; readonly service: string },
): Script {
  const issued = new Map<string, readonly string[]>();
  return (request, response, at) => {
    const url = new URL(request.url ?? '', realm);
    if (url.pathname === new URL(realm).pathname && request.headers.host === new URL(realm).host) {
      if (!hasBasic(request, simulation))
        return answering(401, {}, '{"details":"incorrect username or password"}')(request, response, at);
      const token = `simulated-token-${issued.size}`;
      issued.set(
        token,
        url.searchParams.getAll('scope').flatMap((scope) => scope.split(' ')),
      );
      return answering(200, { 'content-type': 'application/json' }, JSON.stringify({ token, expires_in: 300 }))(
        request,
        response,
        at,
      );
    }
    const scope = scopeOf(request);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (scope === undefined ? issued.has(token) : (issued.get(token) ?? []).some((each) => covers(each, scope)))
      return false;
    const wanted =
      scope === undefined ? '' : `,scope="${scope.repository}:${scope.action === 'pull' ? 'pull' : 'pull,push'}"`;
    return answering(401, { 'www-authenticate': `Bearer realm="${realm}",service="${service}"${wanted}` })(
      request,
      response,
      at,
    );
  };
}

interface Scope {
  readonly repository: string;
  readonly action: 'pull' | 'push' | 'delete';
}

function scopeOf({ method = '', url = '' }: IncomingMessage): Scope | undefined {
  const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(url)?.[1];
  if (name === undefined) return undefined;
  const action =
    method === 'DELETE' && !url.includes('/uploads/') ? 'delete' : ['GET', 'HEAD'].includes(method) ? 'pull' : 'push';
  return { repository: `repository:${name}`, action };
}

function covers(granted: string, { repository, action }: Scope): boolean {
  const at = granted.lastIndexOf(':');
  const actions = granted.slice(at + 1).split(',');
  return granted.slice(0, at) === repository && (actions.includes(action) || actions.includes('*'));
}

function hasBasic({ headers }: IncomingMessage, { username, password }: Simulation): boolean {
  return headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
