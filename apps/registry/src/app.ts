/**
 * The registry as a listener for node:http: route, permission, handler, and whatever was thrown as an answer.
 *
 * Knows no socket: it is served by `server.ts`, or by a server that somebody else has.
 *
 * @module
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { OPEN_ACCESS, type Access, type Caller } from './auth/access.ts';
import { logRequest } from './http/access-log.ts';
import { authorize } from './http/authorize.ts';
import { CLIENT_ABORTED_STATUS, ClientAborted } from './http/client-aborted.ts';
import { toErrorResponse } from './http/errors.ts';
import { splitTarget, type Exchange, type Lifecycle } from './http/exchange.ts';
import { createHandlers } from './http/handlers/handlers.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import { createRequestIds } from './http/request-id.ts';
import { respond } from './http/respond.ts';
import { createRouteMatcher, type MatchRoute, type Route } from './http/routes.ts';
import { createTurns } from './http/turns.ts';
import { SILENT_LOGGER, type Logger } from './log/logger.ts';
import { isRegistryError, RegistryError } from './registry-error.ts';
import type { Services } from './services/services.ts';
import type { Store } from './storage/contracts.ts';

export interface AppOptions {
  readonly services: Services;
  /** Asked whether it can be written, for `/health/ready`. */
  readonly store: Pick<Store, 'probe'>;
  readonly logger?: Logger;
  readonly access?: Access;
  readonly limits?: Partial<HttpLimits>;
  /** Whether manifests, tags and blobs may be deleted. Default true. */
  readonly deleteEnabled?: boolean;
  /** Refuses whatever would change something. Default false. */
  readonly readOnly?: boolean;
  /** A log line for each request. Default true. */
  readonly accessLog?: boolean;
  /** Milliseconds since an arbitrary start, never going back. Tests pass their own. */
  readonly now?: () => number;
}

export interface App {
  readonly listener: RequestListener;
  /** For the server's event `checkContinue`: a refused body is then never sent. */
  readonly checkContinue: RequestListener;
  /** From now on answers close their connection, and `/health/ready` says no. */
  stopping(): void;
}

/** What is known of a request while it is served, for its log line. */
interface Progress {
  route?: Route;
  caller?: Caller;
  error?: string;
}

export function createApp(options: AppOptions): App {
  const { services, store, logger = SILENT_LOGGER, access = OPEN_ACCESS, now = () => performance.now() } = options;
  const { deleteEnabled = true, readOnly = false, accessLog = true } = options;
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const lifecycle: Lifecycle = { stopping: false };
  const match = createRouteMatcher({ deleteEnabled, readOnly });
  const handle = createHandlers({ services, store, access, logger, now });
  const nextRequestId = createRequestIds();
  const takeTurn = createTurns();

  const serve = async (exchange: Exchange, progress: Progress): Promise<void> => {
    const { method = '', headers } = exchange.request;
    const route = findRoute(match, method, exchange.path);
    progress.route = route;
    const isHealth = route.name === 'health' || route.name === 'ready';
    progress.caller = isHealth ? NOBODY : await authorize(access, headers.authorization, route, method);
    await handle(exchange, route, progress.caller);
  };

  const listen = async (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Promise<void> => {
    const started = now();
    const turn = takeTurn(request, response);
    if (turn !== undefined && !(await turn)) return;
    const requestId = nextRequestId(request.headers['x-request-id']);
    const counts = { awaitsContinue, mustClose: false, bytesIn: 0, bytesOut: 0 };
    const target = splitTarget(request.url ?? '');
    const exchange: Exchange = { request, response, requestId, limits, lifecycle, ...target, ...counts };
    const progress: Progress = {};
    try {
      await serve(exchange, progress);
    } catch (thrown) {
      progress.error = answerFailure(exchange, thrown, logger);
    }
    if (!accessLog) return;
    const status = progress.error === ABORTED ? CLIENT_ABORTED_STATUS : response.statusCode;
    const { route, caller, error } = progress;
    logRequest(logger, exchange, { status, route, user: caller?.user, error, ms: now() - started });
  };

  return {
    listener(request, response) {
      listen(request, response, false).catch(() => response.destroy());
    },
    checkContinue(request, response) {
      listen(request, response, true).catch(() => response.destroy());
    },
    stopping() {
      lifecycle.stopping = true;
    },
  };
}

const NOBODY: Caller = { user: undefined };
const ABORTED = 'CLIENT_ABORTED';

function findRoute(match: MatchRoute, method: string, path: string): Route {
  const matched = match(method, path);
  if (matched.type === 'found') return matched.route;
  if (matched.type === 'not-found') throw new RegistryError('ROUTE_UNKNOWN', 'there is nothing at this path');
  const { allow } = matched;
  throw new RegistryError(
    'METHOD_NOT_ALLOWED',
    `${method} is not possible here; ${allow === '' ? 'nor is anything else' : `what is: ${allow}`}`,
    { headers: { Allow: allow } },
  );
}

/** Answers as far as there is someone to answer, and returns what the log calls it. */
function answerFailure(exchange: Exchange, thrown: unknown, logger: Logger): string {
  const { response, requestId } = exchange;
  if (thrown instanceof ClientAborted) {
    response.destroy();
    return ABORTED;
  }
  const { status, kind, headers, body } = toErrorResponse(thrown, requestId);
  if (status >= 500) logFault(logger, requestId, kind, thrown);
  if (response.headersSent) {
    // Too late for an answer: a cut connection is all that still tells the client.
    response.destroy();
    return kind;
  }
  // Who was too slow once is not waited for again.
  if (isRegistryError(thrown, 'BODY_TIMEOUT')) exchange.mustClose = true;
  respond(exchange, status, headers, body);
  return kind;
}

function logFault(logger: Logger, id: string, kind: string, thrown: unknown): void {
  const { message, stack } = thrown instanceof Error ? thrown : { message: String(thrown), stack: undefined };
  logger.error('request failed', { id, error: kind, message, stack });
}
