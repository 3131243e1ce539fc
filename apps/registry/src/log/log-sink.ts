/**
 * Log lines on their way out: in order, several in one write, never more than a megabyte held.
 *
 * Whoever reads the log may be slow or stuck; requests do not wait for it. When the lines held are too many, the
 * newest are dropped and counted, and the count is the first line after those that were kept.
 *
 * @module
 */
export interface LogSink {
  /** Takes a line with its line feed. Never waits, never throws. */
  write(line: string): void;
  /** Resolves when all lines are written, or after `withinMs`. */
  end(withinMs: number): Promise<void>;
}

/** Writes the text whole. `done` is called once, with a reason when it failed. */
export type WriteText = (text: string, done: (failure?: Error | null) => void) => void;

export interface LogSinkOptions {
  readonly write: WriteText;
  /** The line that says so, with its line feed. */
  readonly describeLoss: (lines: number) => string;
  /** Runs `work` later, unless the returned function is called before. */
  readonly schedule?: (work: () => void, delayMs: number) => () => void;
}

/** After a write, lines gather this long before the next; a line after a quiet time goes at once. */
const GATHER_MS = 20;
/** After a write that failed: the disk may be full, or nobody may be reading. */
const RETRY_MS = 1_000;
/** So many characters do not wait for the time to pass. */
const BATCH_LENGTH = 65_536;
/** Characters held, the batch that is being written included. */
const MAX_LENGTH = 1_048_576;

export function createLogSink({ write, describeLoss, schedule = scheduleTimer }: LogSinkOptions): LogSink {
  let lines: string[] = [];
  let length = 0;
  let lost = 0;
  let isWriting = false;
  /** Set between a write and the next. */
  let cancelRest: (() => void) | undefined;
  let whenEmpty: (() => void) | undefined;

  function flush(): void {
    cancelRest?.();
    cancelRest = undefined;
    if (lines.length === 0 && lost === 0) {
      whenEmpty?.();
      return;
    }
    const [kept, loss, count] = [lines.join(''), lost, lines.length];
    const written = length;
    [lines, lost, isWriting] = [[], 0, true];
    write(loss === 0 ? kept : kept + describeLoss(loss), (failure) => {
      const hasFailed = failure !== undefined && failure !== null;
      isWriting = false;
      length -= written;
      if (hasFailed) lost += loss + count;
      if (whenEmpty !== undefined && !hasFailed) flush();
      else cancelRest = schedule(flush, hasFailed ? RETRY_MS : GATHER_MS);
    });
  }

  return {
    write(line) {
      if (length + line.length > MAX_LENGTH) {
        lost += 1;
        return;
      }
      lines.push(line);
      length += line.length;
      if (!isWriting && (cancelRest === undefined || length >= BATCH_LENGTH)) flush();
    },
    end: (withinMs) =>
      new Promise((resolve) => {
        const cancelLimit = schedule(resolve, withinMs);
        whenEmpty = () => {
          cancelLimit();
          resolve();
        };
        if (!isWriting) flush();
      }),
  };
}

function scheduleTimer(work: () => void, delayMs: number): () => void {
  const timer = setTimeout(work, delayMs);
  return () => clearTimeout(timer);
}
