/**
 * Standard input as a reader: whole, or a line that nobody sees.
 *
 * A prompt listens and lets go again: iterating would destroy the stream with the first line, and there may be another.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { TextReader, TextWriter } from './environment.ts';

/** As streams have it: it gives the stream back. */
interface Listen {
  (event: 'data', listener: (chunk: Uint8Array | string) => void): InputStream;
  (event: 'end' | 'close', listener: () => void): InputStream;
  (event: 'error', listener: (cause: Error) => void): InputStream;
}

/** The parts of `process.stdin` that are used. */
export interface InputStream extends AsyncIterable<Uint8Array | string> {
  /** Absent where it is no terminal. */
  readonly isTTY?: boolean;
  /** Whether nothing comes any more. */
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  setRawMode?(raw: boolean): unknown;
  on: Listen;
  off: Listen;
  resume(): unknown;
  pause(): unknown;
}

/** @param open called at the first read: a program that reads nothing leaves standard input alone. */
export function createStdinReader(open: () => InputStream, prompter: Pick<TextWriter, 'write'>): TextReader {
  const typed = createTypedText();
  return {
    get isTTY() {
      return open().isTTY === true;
    },
    read: async (limitBytes) => readAll(open(), limitBytes),
    readHidden: async (prompt) => {
      const stream = open();
      // Before the prompt: who answers it must not be seen.
      stream.setRawMode?.(true);
      try {
        prompter.write(prompt);
        return await readLine(stream, typed);
      } finally {
        stream.setRawMode?.(false);
        stream.pause();
        prompter.write('\n');
      }
    },
  };
}

async function readAll(stream: InputStream, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.byteLength;
    if (size > limitBytes) throw tooLong(limitBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLong(limitBytes: number): SquizzleError<'USAGE_INVALID'> {
  const message = `standard input has more than the ${limitBytes} bytes that are allowed; see what writes to it`;
  return new SquizzleError('USAGE_INVALID', message, { argument: 'standard input' });
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ENDS = new Set(['\r', '\n', CTRL_D]);
const ERASES = new Set(['\u007f', '\b']);

/** What was typed and not yet asked for: whoever pastes two lines answers two prompts. */
interface TypedText {
  add(chunk: Uint8Array | string): void;
  /** The line that is complete; `undefined`: it goes on. @throws {SquizzleError} `CANCELLED` */
  takeLine(): string | undefined;
  /** What there is of the line, when no more comes. */
  takeRest(): string;
}

/** In raw mode the terminal does nothing by itself: not even Ctrl-C. */
function createTypedText(): TypedText {
  const decoder = new TextDecoder();
  let waiting: string[] = [];
  let line: string[] = [];
  let endedByReturn = false;
  const take = (): string => {
    const text = line.join('');
    line = [];
    return text;
  };
  return {
    add: (chunk) => {
      const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      waiting = waiting.concat(Array.from(text));
    },
    takeLine: () => {
      for (let character = waiting.shift(); character !== undefined; character = waiting.shift()) {
        const isSecondHalf = endedByReturn && character === '\n'; // of the CR LF that ended the line before
        endedByReturn = character === '\r';
        if (isSecondHalf) continue;
        if (character === CTRL_C) {
          [waiting, line] = [[], []];
          throw new SquizzleError('CANCELLED', 'stopped at the prompt', { during: 'the prompt' });
        }
        if (ENDS.has(character)) return take();
        if (ERASES.has(character)) line.pop();
        else line.push(character);
      }
      return undefined;
    },
    takeRest: take,
  };
}

/** Lets go of the stream with the very piece that ends the line: what comes after it waits there for the next prompt. */
async function readLine(stream: InputStream, typed: TypedText): Promise<string> {
  const pasted = typed.takeLine();
  if (pasted !== undefined) return pasted;
  if (stream.readableEnded || stream.destroyed) return typed.takeRest();
  return new Promise((resolve, reject) => {
    const onData = (chunk: Uint8Array | string): void => {
      typed.add(chunk);
      settle(() => typed.takeLine());
    };
    const onEnd = (): void => settle(() => typed.takeRest());
    const onError = (cause: Error): void => settle(() => refuseGone(cause));
    const settle = (answer: () => string | undefined): void => {
      try {
        const line = answer();
        if (line === undefined) return;
        resolve(line);
      } catch (cause) {
        reject(cause);
      }
      stream.pause();
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
    };
    stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
    stream.resume();
  });
}

function refuseGone(cause: Error): never {
  throw new SquizzleError('CANCELLED', 'the terminal went away at the prompt', { during: 'the prompt' }, { cause });
}
