/**
 * What answers for a registry in these tests, beside the registries themselves: one that everybody must log in to, a
 * host that lets nobody in, one that nobody vouches for, and a server of something else.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createAuthority } from '../../../packages/oci/test/certificates.ts';
import { PASSWORD, USER } from '../../registry/clients/auth-users.ts';
import { send, type Answer } from '../../support/http.ts';

export interface Listening {
  readonly host: string;
  close(): Promise<void>;
}

/** The variables that GitHub Actions and GitLab CI are told to set. */
export function variablesOf(host: string, repository: string): Readonly<Record<string, string>> {
  return {
    SQUIZZLE_REGISTRY: host,
    SQUIZZLE_REPOSITORY: repository,
    SQUIZZLE_USERNAME: USER,
    SQUIZZLE_PASSWORD: PASSWORD,
  };
}

const AUTHORIZATION = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** A repository as somebody with the password and no client sees it. */
export function rawRepository(host: string, repository: string) {
  const ask = (method: string, path: string, body?: Uint8Array): Promise<Answer> =>
    send(method, `http://${host}/v2/${repository}/${path}`, {
      headers: { authorization: AUTHORIZATION, accept: MANIFEST, 'content-type': MANIFEST },
      ...(body !== undefined && { body }),
    });
  return {
    ask,
    /** `undefined`: there is no such tag. */
    digestOf: async (tag: string): Promise<string | undefined> => {
      const { status, headers } = await ask('HEAD', `manifests/${tag}`);
      return status === 200 ? String(headers['docker-content-digest']) : undefined;
    },
    tags: async (): Promise<readonly string[]> => {
      const { body } = await ask('GET', 'tags/list');
      return (JSON.parse(body.toString()) as { tags?: readonly string[] }).tags ?? [];
    },
  };
}

/** A web server, which is no registry. */
export async function startWebServer(): Promise<Listening> {
  return listen(createServer(answerAsWebSite));
}

/** Speaks TLS with a certificate of an authority that no machine knows. */
export async function startUntrustedServer(): Promise<Listening & { readonly ca: string }> {
  const authority = createAuthority('Nobody Knows Us');
  const { cert, key } = authority.issue();
  return { ...(await listen(createTlsServer({ cert, key }, answerAsWebSite))), ca: authority.ca };
}

const answerAsWebSite: RequestListener = (_request, response) => {
  response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>');
};

export async function listen(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const DEAF = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  process.stdout.write(String(this.address().port), () => process.kill(process.pid, 'SIGSTOP'));
});`;

/**
 * A host of which nothing is heard, as behind a firewall that drops packets: nobody takes connections from the queue of
 * the kernel, and once that is full there is no answer any more.
 */
export async function startSilentHost(): Promise<Listening> {
  const child = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(chunk.toString());
  const waiting: Socket[] = [];
  const isFull = async (): Promise<boolean> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    waiting.push(socket);
    const taken = once(socket, 'connect').then(() => false);
    return Promise.race([taken, new Promise<boolean>((done) => setTimeout(() => done(true), 500))]);
  };
  while (!(await isFull()));
  return {
    host: `127.0.0.1:${port}`,
    close: async () => {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** A port at which nothing listens: one that was free a moment ago. */
export async function freeHost(): Promise<string> {
  const server = await startWebServer();
  await server.close();
  return server.host;
}
