/**
 * Standard output and standard error as writers that survive their reader.
 *
 * @module
 */
import type { TextWriter } from './environment.ts';

/** The parts of `process.stdout` that are used. */
export interface TextStream {
  /** Absent where it is no terminal. */
  readonly isTTY?: boolean;
  /** 0 where a terminal does not know, as that of a container. */
  readonly columns?: number;
  readonly destroyed: boolean;
  write(text: string | Uint8Array, done?: () => void): boolean;
  on(event: 'error', listener: (fault: Error) => void): unknown;
}

export interface StreamWriter extends TextWriter {
  /** Resolves when all that was written is out, or nobody reads it any more. */
  drain(): Promise<void>;
  /** Why nothing more can be written; a reader that left is no fault. */
  fault(): Error | undefined;
}

const DEFAULT_COLUMNS = 80;

/** A reader that left (`| head`) is no fault: the command ends its work in silence. */
export function createStreamWriter(stream: TextStream): StreamWriter {
  let isOpen = true;
  let fault: Error | undefined;
  stream.on('error', (thrown) => {
    isOpen = false;
    if (!('code' in thrown && thrown.code === 'EPIPE')) fault ??= thrown;
  });
  const isUsable = (): boolean => isOpen && !stream.destroyed;
  return {
    isTTY: stream.isTTY ?? false,
    columns: stream.columns || DEFAULT_COLUMNS,
    write: (text) => {
      if (isUsable()) stream.write(text);
    },
    fault: () => fault,
    drain: () =>
      new Promise((resolve) => {
        stream.on('error', () => resolve());
        if (isUsable()) stream.write('', () => resolve());
        else resolve();
      }),
  };
}
