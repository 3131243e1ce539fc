/**
 * Standard input as a reader: whole, or a line that nobody sees.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { TextReader, TextWriter } from './environment.ts';

/** The parts of `process.stdin` that are used. */
export interface InputStream extends AsyncIterable<Uint8Array | string> {
  /** Absent where it is no terminal. */
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  pause(): unknown;
}

/** @param open called at the first read: a program that reads nothing leaves standard input alone. */
export function createStdinReader(open: () => InputStream, prompter: Pick<TextWriter, 'write'>): TextReader {
  return {
    get isTTY() {
      return open().isTTY === true;
    },
    read: async (limitBytes) => readAll(open(), limitBytes),
    readHidden: async (prompt) => {
      prompter.write(prompt);
      const stream = open();
      stream.setRawMode?.(true);
      try {
        return await readLine(stream);
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

/** In raw mode the terminal does nothing by itself: not even Ctrl-C. */
async function readLine(stream: InputStream): Promise<string> {
  const typed: string[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    for (const character of typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })) {
      if (character === CTRL_C) throw new SquizzleError('CANCELLED', 'stopped at the prompt', { during: 'the prompt' });
      if (ENDS.has(character)) return typed.join('');
      if (ERASES.has(character)) typed.pop();
      else typed.push(character);
    }
  }
  return typed.join('');
}
