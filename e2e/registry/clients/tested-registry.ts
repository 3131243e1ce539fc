/**
 * The built server, with what these tests ask of it: a port to come back on, a user to log in, its log of requests.
 *
 * @module
 */
import { startRegistry, type Ended } from '../../support/registry.ts';
import type { LoggedRegistry, LoggedRequest } from './logged-requests.ts';

export interface TestedRegistry extends LoggedRegistry {
  readonly port: number;
  /** Ends the process alone; what it stored stays. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended>;
  /** Ends the process, unless it has, and removes what it stored in a folder of its own. */
  stop(): Promise<void>;
}

export interface TestedRegistryOptions {
  /** A folder that outlives the server. */
  readonly root?: string;
  /** Any that is free, unless given. */
  readonly port?: number;
  /** A file of users: then everyone needs a password. */
  readonly htpasswd?: string;
  /** With a file of users: everyone may pull all the same. */
  readonly anonymousPull?: boolean;
}

export async function startTestedRegistry(options: TestedRegistryOptions = {}): Promise<TestedRegistry> {
  const { root, port = 0, htpasswd, anonymousPull = false } = options;
  const auth = htpasswd === undefined ? [] : ['--auth', 'basic', '--htpasswd', htpasswd];
  if (anonymousPull) auth.push('--anonymous-pull');
  const server = await startRegistry({ args: ['--port', String(port), ...auth], ...(root !== undefined && { root }) });
  return {
    url: server.url,
    host: server.host,
    port: Number(new URL(server.url).port),
    log: server.output,
    parseLine,
    end: server.stop,
    async stop() {
      await server.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

function parseLine(line: string): LoggedRequest | undefined {
  if (!line.startsWith('{')) return undefined;
  const { message, method, path, status } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  if (message !== 'request' || typeof method !== 'string') return undefined;
  return typeof path === 'string' && typeof status === 'number' ? { method, path, status } : undefined;
}
