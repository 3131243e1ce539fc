/**
 * A registry of one repository that takes blobs as the specification says, or with the faults that a test asks for.
 *
 * @module
 */
import { parseDigest, digestAlgorithm, digestOf } from '@squizzle/oci-spec';
import {
  connectionLost,
  scriptTransfer,
  type ScriptedTransfer,
  type TransferAnswer,
  type TransferRequest,
  type TransferScript,
} from './scripted-transfer.ts';
import type { TransferLimits } from '../src/http/transfer-limits.ts';

/** What happens to one request that would else succeed. */
export interface Fault {
  /** How many bytes of the body arrive; all, unless said. */
  readonly arriving?: number;
  /** Whether the server keeps what arrived. Default: yes. */
  readonly keeps?: boolean;
  /** Instead of the connection being lost. */
  readonly answer?: TransferAnswer;
  /** The session is gone after it. */
  readonly forgets?: boolean;
}

export interface UploadServerOptions {
  /** Told each request, with how many of its method there were before. */
  readonly fault?: (request: TransferRequest, before: number) => Fault | undefined;
  /** How it writes the URL of session `id`, which has `size` bytes. */
  readonly locate?: (id: number, size: number) => string;
  /** As distribution 2.8.2: a chunk out of order is appended. */
  readonly appends?: boolean;
  /** `silent`: no `Range` after a chunk, only where it is asked for. */
  readonly counts?: 'silent' | 'told';
  /** Whether a session tells how much it has. */
  readonly tells?: boolean;
  readonly mostBodyBytes?: number;
  readonly openingHeaders?: Readonly<Record<string, string>>;
  readonly closingHeaders?: Readonly<Record<string, string>>;
}

export interface UploadServer {
  readonly script: TransferScript;
  readonly blobs: Map<string, Buffer>;
  /** Sessions that were neither closed nor cancelled, and what they have. */
  readonly sessions: Map<number, Buffer>;
}

export function createUploadServer(options: UploadServerOptions = {}): UploadServer {
  const blobs = new Map<string, Buffer>();
  const sessions = new Map<number, Buffer>();
  const counts = new Map<string, number>();
  const state: ServerState = { blobs, sessions, options, opened: { count: 0 } };
  return {
    blobs,
    sessions,
    async script(request) {
      const before = counts.get(request.method) ?? 0;
      counts.set(request.method, before + 1);
      const fault = options.fault?.(request, before);
      if (fault === undefined) return answer(state, request, await request.read());
      const bytes = await request.read(fault.arriving);
      if (fault.keeps !== false) keep(state, request, bytes);
      if (fault.forgets === true) sessions.delete(sessionId(request));
      if (fault.answer !== undefined) return fault.answer;
      throw connectionLost();
    },
  };
}

export interface UploadScene extends ScriptedTransfer {
  readonly server: UploadServer;
}

/** Such a registry, and access to it. */
export function serveUploads(options: UploadServerOptions = {}, limits: Partial<TransferLimits> = {}): UploadScene {
  const server = createUploadServer(options);
  return { server, ...scriptTransfer(server.script, limits) };
}

/** The fault befalls these requests of the method, counted from 0. */
export function faultOn(method: string, turns: readonly number[], fault: Fault): UploadServerOptions {
  return { fault: (request, before) => (request.method === method && turns.includes(before) ? fault : undefined) };
}

/** `HEAD POST PUT`. */
export function methodsOf({ requests }: Pick<ScriptedTransfer, 'requests'>): string {
  return requests.map(({ method }) => method).join(' ');
}

interface ServerState extends Pick<UploadServer, 'blobs' | 'sessions'> {
  readonly options: UploadServerOptions;
  readonly opened: { count: number };
}

function answer(state: ServerState, request: TransferRequest, bytes: Buffer): TransferAnswer {
  const { blobs, sessions, options } = state;
  const limit = options.mostBodyBytes ?? Infinity;
  if (bytes.byteLength > limit) return { status: 413 };
  if (request.method === 'HEAD') return headOf(blobs, request);
  if (request.method === 'POST') return openSession(state);
  const id = sessionId(request);
  const had = sessions.get(id);
  if (had === undefined) return { status: 404 };
  if (request.method === 'DELETE') {
    sessions.delete(id);
    return { status: 204 };
  }
  if (request.method === 'GET') return options.tells === false ? { status: 405 } : sessionAnswer(state, id, 204);
  if (request.method === 'PATCH') return takeChunk(state, request, bytes);
  return close(state, request, Buffer.concat([had, bytes]));
}

function keep({ sessions }: ServerState, request: TransferRequest, bytes: Buffer): void {
  const had = sessions.get(sessionId(request));
  if (had !== undefined && request.method === 'PATCH') sessions.set(sessionId(request), Buffer.concat([had, bytes]));
}

function headOf(blobs: UploadServer['blobs'], { url }: TransferRequest): TransferAnswer {
  const blob = blobs.get(url.pathname.split('/').at(-1) ?? '');
  return blob === undefined ? { status: 404 } : { status: 200, headers: { 'content-length': `${blob.byteLength}` } };
}

function openSession(state: ServerState): TransferAnswer {
  const id = (state.opened.count += 1);
  state.sessions.set(id, Buffer.alloc(0));
  const { headers = {} } = sessionAnswer(state, id, 202);
  return { status: 202, headers: { ...headers, ...state.options.openingHeaders } };
}

function sessionAnswer({ sessions, options }: ServerState, id: number, status: number): TransferAnswer {
  const size = sessions.get(id)?.byteLength ?? 0;
  const location = options.locate?.(id, size) ?? `/v2/team/app/blobs/uploads/${id}`;
  const range = `0-${Math.max(0, size - 1)}`;
  return { status, headers: { location, ...((options.counts !== 'silent' || status === 204) && { range }) } };
}

function takeChunk(state: ServerState, request: TransferRequest, bytes: Buffer): TransferAnswer {
  const id = sessionId(request);
  const had = state.sessions.get(id) ?? Buffer.alloc(0);
  const first = Number(request.headers?.['content-range']?.split('-')[0]);
  if (first !== had.byteLength && state.options.appends !== true) return { ...sessionAnswer(state, id, 416) };
  state.sessions.set(id, Buffer.concat([had, bytes]));
  return sessionAnswer(state, id, 202);
}

function close({ blobs, sessions, options }: ServerState, request: TransferRequest, blob: Buffer): TransferAnswer {
  const expected = parseDigest(request.url.searchParams.get('digest') ?? '');
  if (expected === undefined) return { status: 400 };
  const digest = digestOf(blob, digestAlgorithm(expected));
  if (digest !== expected) return { status: 400, body: [Buffer.from('{"errors":[{"code":"DIGEST_INVALID"}]}')] };
  blobs.set(digest, blob);
  sessions.delete(sessionId(request));
  return { status: 201, headers: { 'docker-content-digest': digest, ...options.closingHeaders } };
}

/** `…/uploads/7`, wherever it is. */
function sessionId({ url }: TransferRequest): number {
  return Number(url.pathname.split('/').at(-1));
}
