/**
 * A blob in one request, and the request that closes a session.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put
 * @module
 */
import type { HttpBody } from '../../../http/http.ts';
import { checkContentDigest } from '../content-digest.ts';
import { sendToSession } from './session-answer.ts';
import type { UploadSession } from './upload-session.ts';
import type { SessionEnd, UploadTask } from './upload-task.ts';

/** Content that is not held is read while it is sent; its last bytes go out when it is proven. */
export async function sendWhole(task: UploadTask, session: UploadSession): Promise<SessionEnd> {
  const { source, descriptor } = task;
  const { size } = descriptor;
  const body = size === 0 ? undefined : await source.part(0, { mostBytes: size, leastBytes: size });
  return closeSession(task, session, { body });
}

interface ClosingRequest {
  /** What the session has not got yet. */
  readonly body?: HttpBody | undefined;
  readonly doubtful?: boolean;
}

/** @throws {SquizzleError} `DIGEST_MISMATCH` when the registry calls what it got by another digest. */
export async function closeSession(
  task: UploadTask,
  session: UploadSession,
  { body, doubtful = false }: ClosingRequest,
): Promise<SessionEnd> {
  const { access, descriptor } = task;
  const { digest } = descriptor;
  const headers = body === undefined ? {} : { 'content-type': 'application/octet-stream' };
  const request = { method: 'PUT', digest, headers, body, doubtful, expected: [200, 201, 204] } as const;
  const answer = await sendToSession(task, session, request);
  if (answer.kind === 'not-taken') return { ...answer, kind: 'lost' };
  checkContentDigest(answer.response, access, descriptor);
  return { kind: 'committed' };
}
