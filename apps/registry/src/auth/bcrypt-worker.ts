/**
 * bcrypt in a thread of its own, which is there while it is needed: an idle server does not pay for it.
 *
 * One thread: passwords are checked one after the other, however many come, and the other cores serve requests.
 *
 * @module
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../log/logger.ts';
import { RegistryError } from '../registry-error.ts';
import type { PasswordComparer } from './password-comparer.ts';

export interface BcryptWorkerOptions {
  readonly logger: Logger;
  /** How long the thread waits for the next password before it ends. Default 10 s. */
  readonly idleMs?: number;
  /** Default: the file beside this one, in the sources as well as in the builds. */
  readonly threadFile?: string;
}

interface Job {
  readonly resolve: (matches: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** A worker and the jobs it was given, in the order in which it answers. */
interface Thread {
  readonly worker: Worker;
  readonly jobs: Job[];
}

const IDLE_MS = 10_000;
/** bcryptjs needs less than one. The young generation is what an idle heap is made of. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

export function createBcryptWorker(options: BcryptWorkerOptions): PasswordComparer {
  const { logger, idleMs = IDLE_MS, threadFile = join(import.meta.dirname, 'bcrypt-thread.cjs') } = options;
  let thread: Thread | undefined;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;

  /** Leaves the thread behind: its jobs fail, the next one starts another. */
  const drop = async (dropped: Thread): Promise<void> => {
    if (thread === dropped) {
      thread = undefined;
      clearTimeout(idle);
    }
    for (const { reject } of dropped.jobs.splice(0)) reject(unavailable());
    await dropped.worker.terminate();
  };

  const start = (): Thread => {
    // Nothing of the process's environment or flags is a thread's business.
    const worker = new Worker(threadFile, { env: {}, execArgv: [], resourceLimits: RESOURCE_LIMITS });
    const started: Thread = { worker, jobs: [] };
    worker.on('message', (matches: boolean) => {
      started.jobs.shift()?.resolve(matches);
      if (started.jobs.length > 0 || thread !== started) return;
      worker.unref();
      idle = setTimeout(() => void drop(started), idleMs).unref();
    });
    worker.on('error', ({ message }) => {
      logger.error('the thread that checks passwords failed', { error: message });
      void drop(started);
    });
    worker.on('exit', () => void drop(started));
    return started;
  };

  return {
    async compare(password, hash) {
      if (closed) throw unavailable();
      clearTimeout(idle);
      const { worker, jobs } = (thread ??= start());
      return new Promise((resolve, reject) => {
        jobs.push({ resolve, reject });
        worker.ref();
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ password, hash });
      });
    },
    async close() {
      closed = true;
      if (thread !== undefined) await drop(thread);
    },
  };
}

function unavailable(): RegistryError<'UNAVAILABLE'> {
  return new RegistryError('UNAVAILABLE', 'passwords cannot be checked at the moment; try again', {
    headers: { 'Retry-After': '1' },
  });
}
