/**
 * One line for each request. No query, which may carry secrets, and no header but the agent's name.
 *
 * @module
 */
import type { Logger } from '../log/logger.ts';
import type { Exchange } from './exchange.ts';
import type { Route } from './routes.ts';

export interface Outcome {
  readonly status: number;
  /** `undefined` when the path led nowhere. */
  readonly route: Route | undefined;
  readonly user: string | undefined;
  /** The kind of the error that was answered. */
  readonly error: string | undefined;
  readonly ms: number;
}

const AGENT_LENGTH = 128;
const PATH_LENGTH = 512;

export function logRequest(logger: Logger, exchange: Exchange, { status, route, user, error, ms }: Outcome): void {
  const { request, requestId, path, bytesIn, bytesOut } = exchange;
  const quiet = route?.name === 'health' || route?.name === 'ready';
  logger[quiet ? 'debug' : 'info']('request', {
    id: requestId,
    method: request.method,
    path: path.slice(0, PATH_LENGTH),
    route: route?.name,
    repository: route !== undefined && 'repository' in route ? route.repository : undefined,
    status,
    bytesIn,
    bytesOut,
    ms: Math.round(ms * 100) / 100,
    remote: request.socket.remoteAddress,
    user,
    agent: request.headers['user-agent']?.slice(0, AGENT_LENGTH),
    error,
  });
}
