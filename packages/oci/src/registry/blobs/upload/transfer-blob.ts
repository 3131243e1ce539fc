/**
 * From an upload session to a blob in the repository; through as many sessions as it takes.
 *
 * However it ends, no session is left behind that this client knows of.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isSquizzleError } from '@squizzle/core';
import { hasBlob } from '../has-blob.ts';
import { outlast } from '../patience.ts';
import { sendChunks } from './send-chunks.ts';
import { sendWhole } from './send-whole.ts';
import { openSession, type UploadSession } from './upload-session.ts';
import type { SessionEnd, UploadTask } from './upload-task.ts';

/** Who aborts waits no longer than this for the session to be cancelled; it is still tried. */
const ABORTED_WAIT_MS = 200;

/** @param opened a session that is there already. */
export async function transferBlob(task: UploadTask, opened: UploadSession | undefined): Promise<void> {
  const { access, descriptor, source, patience } = task;
  let inChunks = source.gives === 'parts' || descriptor.size > access.limits.monolithicBytes;
  let next = opened;
  for (let isFirst = true; ; isFirst = false) {
    const open = async () => openSession(access, descriptor, task);
    const session = next ?? (await (isFirst ? open() : outlast(patience, 0, open)));
    const end = await useSession(task, session, inChunks ? sendChunks : sendWhole);
    if (end.kind === 'committed') return;
    const { cause, setback, waited = false } = end;
    if (source.firstByte() > 0) throw patience.giveUp(source.firstByte(), cause);
    if (!waited) await patience.tryAgain(0, cause);
    inChunks ||= setback === 'too-large' || setback === 'broken';
    next = undefined;
  }
}

type SendAll = (task: UploadTask, session: UploadSession) => Promise<SessionEnd>;

async function useSession(task: UploadTask, session: UploadSession, send: SendAll): Promise<SessionEnd> {
  try {
    const end = await send(task, session);
    if (end.kind === 'committed') return end;
    // The answer alone may have been lost, or somebody else was faster.
    const there = await outlast(task.patience, 0, async () => isThere(task));
    if (end.setback !== 'gone') await session.cancel();
    return there ? { kind: 'committed' } : end;
  } catch (thrown) {
    await cancelInTime(session, task.signal);
    // Some registries find fault with the slower of two that push the same.
    const raced = isSquizzleError(thrown, 'RESPONSE_INVALID') && (await isThere(task).catch(() => false));
    if (raced) return { kind: 'committed' };
    throw thrown;
  }
}

async function isThere({ access, descriptor, signal }: UploadTask): Promise<boolean> {
  return hasBlob(access, descriptor, { signal, action: 'push' });
}

export async function cancelInTime(session: UploadSession, signal: AbortSignal | undefined): Promise<void> {
  const cancelled = session.cancel();
  const aborted = signal?.aborted === true;
  await (aborted ? Promise.race([cancelled, sleep(ABORTED_WAIT_MS, undefined, { ref: false })]) : cancelled);
}
