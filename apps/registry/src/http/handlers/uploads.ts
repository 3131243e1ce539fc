/**
 * `/v2/<name>/blobs/uploads/` and the sessions below it.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 * @module
 */
import { digestAlgorithm, type Digest, type DigestAlgorithm, type RepositoryName } from '@squizzle/oci-spec';
import type { Access, Caller } from '../../auth/access.ts';
import { isRegistryError, RegistryError } from '../../registry-error.ts';
import type { UploadService } from '../../services/uploads.ts';
import type { UploadStatus } from '../../storage/contracts.ts';
import { readChunk } from '../chunk.ts';
import type { Exchange } from '../exchange.ts';
import { parseRepository, quote, requireDigest } from '../path-parameters.ts';
import { hasBody } from '../request-body.ts';
import { respond, type HeaderList } from '../respond.ts';
import type { RouteOf } from '../routes.ts';

export interface UploadHandlers {
  start(exchange: Exchange, route: RouteOf<'uploads'>, caller: Caller): Promise<void>;
  session(exchange: Exchange, route: RouteOf<'upload'>): Promise<void>;
}

type SessionHandler = UploadHandlers['session'];

export function createUploadHandlers(uploads: UploadService, access: Access): UploadHandlers {
  const mount = async (
    query: URLSearchParams,
    repository: RepositoryName,
    caller: Caller,
  ): Promise<Digest | undefined> => {
    const wanted = query.get('mount');
    if (wanted === null) return undefined;
    const digest = requireDigest(wanted);
    const from = query.get('from');
    const mounted = await uploads.mount(repository, {
      digest,
      mayPull: (source) => access.allows(caller, 'pull', source),
      ...(from !== null && { source: parseRepository(from) }),
    });
    return mounted ? digest : undefined;
  };

  const start: UploadHandlers['start'] = async (exchange, { repository }, caller) => {
    const { query } = exchange;
    const mounted = await mount(query, repository, caller);
    if (mounted !== undefined) return created(exchange, repository, mounted);
    const whole = query.get('digest');
    if (whole !== null) {
      const digest = requireDigest(whole);
      await uploads.pushWhole(repository, digest, readChunk(exchange));
      return created(exchange, repository, digest);
    }
    const algorithm = readAlgorithm(query);
    const status = await uploads.start(repository, algorithm && { algorithm });
    respond(exchange, 202, [...describe(repository, status), 'OCI-Chunk-Min-Length', '1']);
  };

  const patch: SessionHandler = async (exchange, { repository, id }) => {
    const chunk = readChunk(exchange);
    const status = await atOffset(repository, id, () => uploads.append(repository, id, chunk));
    respond(exchange, 202, describe(repository, status));
  };

  const put: SessionHandler = async (exchange, { repository, id }) => {
    const digest = requireDigest(exchange.query.get('digest') ?? '');
    const last = hasBody(exchange.request) ? readChunk(exchange) : undefined;
    await atOffset(repository, id, () => uploads.complete(repository, id, digest, last));
    created(exchange, repository, digest);
  };

  const session: SessionHandler = async (exchange, route) => {
    const { repository, id } = route;
    const { method } = exchange.request;
    if (method === 'PATCH') await patch(exchange, route);
    else if (method === 'PUT') await put(exchange, route);
    else if (method !== 'DELETE') respond(exchange, 204, describe(repository, await uploads.status(repository, id)));
    else {
      await uploads.cancel(repository, id);
      respond(exchange, 204, []);
    }
  };
  return { start, session };
}

function created(exchange: Exchange, repository: RepositoryName, digest: Digest): void {
  respond(exchange, 201, ['Location', `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest', digest]);
}

/** Where the session is and how far it came. Nothing and one byte look alike: the specification has no other way. */
function describe(repository: RepositoryName, { id, sizeBytes }: UploadStatus): HeaderList {
  const location = `/v2/${repository}/blobs/uploads/${id}`;
  return ['Location', location, 'Docker-Upload-UUID', id, 'Range', `0-${Math.max(0, sizeBytes - 1)}`];
}

/** Adds to the refusal of a chunk what the client needs to go on. */
async function atOffset<T>(repository: RepositoryName, id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isRegistryError(cause, 'CHUNK_OUT_OF_ORDER')) throw cause;
    const { message, detail } = cause;
    const list = describe(repository, { id, sizeBytes: Number(detail?.['sizeBytes'] ?? 0) });
    const headers = Object.fromEntries(list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? '']] : [])));
    throw new RegistryError('CHUNK_OUT_OF_ORDER', message, { cause, headers, ...(detail && { detail }) });
  }
}

/** What the session will be hashed in: said outright, or known from the blob that could not be mounted. */
function readAlgorithm(query: URLSearchParams): DigestAlgorithm | undefined {
  const text = query.get('digest-algorithm');
  if (text === 'sha256' || text === 'sha512') return text;
  if (text !== null) {
    throw new RegistryError('DIGEST_INVALID', `expected digest-algorithm sha256 or sha512, found ${quote(text)}`);
  }
  const mount = query.get('mount');
  return mount === null ? undefined : digestAlgorithm(requireDigest(mount));
}
