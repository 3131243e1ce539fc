/**
 * A registry with a token service on another port of this machine, or with Basic: as strict as the real ones.
 *
 * A token lists what was granted for it and is good for nothing else. Every request is kept, for tests to look at.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** `undefined`: the server does what it does by itself. */
export type Override = (request: SeenRequest) => Answer | undefined;

export interface TokenRegistryOptions {
  readonly username: string;
  readonly password: string;
  /** Exchanged by POST; `undefined`: the service does not know that. */
  readonly identityToken?: string;
  /** What the account may do, as `repository:a:pull,push`; anybody may do what is in `open`. */
  readonly rights?: readonly string[];
  readonly open?: readonly string[];
  /** Seconds; `undefined`: the answer does not say. */
  readonly expiresIn?: number;
  readonly tokens?: 'jwt' | 'opaque';
}

export interface TokenRegistry extends AsyncDisposable {
  readonly origin: URL;
  readonly realm: string;
  readonly atRegistry: readonly SeenRequest[];
  readonly atService: readonly SeenRequest[];
  /** No token that was given is good any more. */
  revoke(): void;
  overrideRegistry(answer: Override | undefined): void;
  overrideService(answer: Override | undefined): void;
}

export async function startTokenRegistry(options: TokenRegistryOptions): Promise<TokenRegistry> {
  const given: GivenTokens = { count: 0, rights: new Map() };
  const atRegistry: SeenRequest[] = [];
  const atService: SeenRequest[] = [];
  let registryOverride: Override | undefined;
  let serviceOverride: Override | undefined;
  const service = await listen(atService, (seen) => serviceOverride?.(seen) ?? giveToken(seen, options, given));
  const realm = `${service.url}/token`;
  const registry = await listen(atRegistry, (seen) => registryOverride?.(seen) ?? serve(seen, realm, given.rights));
  return {
    origin: new URL(registry.url),
    realm,
    atRegistry,
    atService,
    revoke: () => given.rights.clear(),
    overrideRegistry: (answer) => {
      registryOverride = answer;
    },
    overrideService: (answer) => {
      serviceOverride = answer;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([service.close(), registry.close()]);
    },
  };
}

function serve(seen: SeenRequest, realm: string, given: ReadonlyMap<string, readonly string[]>): Answer {
  const scope = neededScope(seen);
  const token = seen.authorization?.replace('Bearer ', '') ?? '';
  const granted = given.get(token);
  if (granted !== undefined && (scope === undefined || granted.includes(scope))) return serveContent(seen);
  const named = scope === undefined ? '' : `,scope="${scope}"`;
  const error = granted === undefined ? '' : ',error="insufficient_scope"';
  return challenge(`Bearer realm="${realm}",service="test registry"${named}${error}`);
}

/** A session can be begun and ended; nothing else is there to be deleted. */
function serveContent({ method, target }: SeenRequest): Answer {
  if (method === 'POST' && target.endsWith('/uploads/'))
    return { status: 202, headers: { location: `${target}session` } };
  if (method === 'DELETE') return { status: target.endsWith('/uploads/session') ? 204 : 404 };
  return { status: 200, body: 'content' };
}

export function challenge(...lines: readonly string[]): Answer {
  const body = JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
  return { status: 401, headers: { 'www-authenticate': lines }, body };
}

/** One action each: `repository:a/b:push`. */
function neededScope({ method, target }: SeenRequest): string | undefined {
  const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags)\//.exec(target)?.[1];
  if (name === undefined) return undefined;
  const action =
    method === 'DELETE' && !target.includes('/uploads/')
      ? 'delete'
      : method === 'GET' || method === 'HEAD'
        ? 'pull'
        : 'push';
  return `repository:${name}:${action}`;
}

interface GivenTokens {
  /** Ever given. */
  count: number;
  readonly rights: Map<string, readonly string[]>;
}

function giveToken(seen: SeenRequest, options: TokenRegistryOptions, given: GivenTokens): Answer {
  const form = new URLSearchParams(seen.body);
  const { searchParams } = new URL(seen.target, 'http://service');
  if (seen.method === 'POST' && options.identityToken === undefined) return { status: 404 };
  const who = whoIs(seen, form, options);
  if (who === 'refused') return { status: 401, body: '{"details":"incorrect username or password"}' };
  const scopes = [...searchParams.getAll('scope'), ...form.getAll('scope')].flatMap((scope) => scope.split(' '));
  const rights = who === 'anybody' ? (options.open ?? []) : [...(options.open ?? []), ...(options.rights ?? [])];
  const granted = oneByOne(scopes).filter((scope) => oneByOne(rights).includes(scope));
  const token = writeToken(granted, given.count, options);
  given.count += 1;
  given.rights.set(token, granted);
  const expiry = options.expiresIn === undefined ? {} : { expires_in: options.expiresIn };
  return { status: 200, body: JSON.stringify({ token, access_token: token, ...expiry }) };
}

function whoIs(
  { method, authorization }: SeenRequest,
  form: URLSearchParams,
  { username, password, identityToken }: TokenRegistryOptions,
): 'account' | 'anybody' | 'refused' {
  if (method === 'POST') return form.get('refresh_token') === identityToken ? 'account' : 'refused';
  if (authorization === undefined) return 'anybody';
  return authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` ? 'account' : 'refused';
}

function oneByOne(scopes: readonly string[]): readonly string[] {
  return scopes.flatMap((scope) => {
    const at = scope.lastIndexOf(':') + 1;
    return scope
      .slice(at)
      .split(',')
      .map((action) => scope.slice(0, at) + action);
  });
}

function writeToken(granted: readonly string[], index: number, { tokens, username }: TokenRegistryOptions): string {
  if (tokens !== 'jwt') return `opaque-token-${index}`;
  const access = granted.map((scope) => {
    const [type = '', name = '', action = ''] = scope.split(':');
    return { type, name, actions: [action] };
  });
  return `${jwtPart({ alg: 'none' })}.${jwtPart({ sub: username, jti: index, access })}.signature`;
}

function jwtPart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function listen(seen: SeenRequest[], answer: (request: SeenRequest) => Answer) {
  const server = createServer((incoming, response) => {
    const takeIn = async (): Promise<void> => {
      const request = await readRequest(incoming);
      seen.push(request);
      respond(response, answer(request));
    };
    takeIn().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function respond(response: ServerResponse, { status, headers = {}, body = '' }: Answer): void {
  response.writeHead(status, headers as Record<string, string | string[]>);
  response.end(body);
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  let body = '';
  for await (const chunk of incoming) body += String(chunk);
  const { method = '', url = '', headers } = incoming;
  return { method, target: url, authorization: headers.authorization, body };
}
