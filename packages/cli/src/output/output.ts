/**
 * What a command says: its result on standard output, everything else on standard error.
 *
 * With `--json` the result is one JSON document and standard error stays empty unless the command fails.
 *
 * @module
 */
import type { Environment, TextWriter } from '../environment.ts';
import type { GlobalFlags } from '../global-options.ts';
import { createPaint, type Paint } from './paint.ts';
import { toPrintable } from './printable.ts';

export interface Output {
  /** The answer, in both forms; only the one asked for is made. */
  result(data: unknown, text: (paint: Paint) => readonly string[]): void;
  /** The content of a file, untouched when standard output is no terminal. */
  content(bytes: Uint8Array): void;
  /** A hint or a warning. Not with `--quiet` or `--json`. */
  note(text: string): void;
  warn(text: string): void;
  /** What happens now. On a terminal the next one takes its place, elsewhere it is a line; `--quiet`, `--json`: nothing. */
  progress(text: string): void;
  /** As {@link Output.progress}, where a line each would be too much: on a terminal alone. */
  busy(text: string): void;
  /** As {@link Output.busy}, for several things at once: a line each, drawn over in place. None: they are taken away. */
  board(lines: readonly string[]): void;
  /** Whether {@link Output.busy} and {@link Output.board} show anything. */
  readonly isLive: boolean;
  /** What has happened: a line that stays. */
  milestone(text: string): void;
  /** Clears a progress line that still stands. */
  end(): void;
}

export function createOutput(environment: Environment, flags: GlobalFlags): Output {
  const { stdout, stderr, env } = environment;
  const wishes = { color: flags.color, env };
  const silent = flags.json === true || flags.quiet === true;
  const isLive = stderr.isTTY && (env['CI'] ?? '') === '';
  const line = createStatusArea(stderr, isLive);
  const paint = createPaint(stderr, wishes);
  const say = (text: string): void => {
    if (!silent) line.print(text);
  };
  return {
    result: (data, text) => {
      line.clear();
      const lines = flags.json === true ? [JSON.stringify(data, null, 2)] : text(createPaint(stdout, wishes));
      if (lines.length > 0) stdout.write(`${flags.json === true ? lines.join('') : toPrintable(lines.join('\n'))}\n`);
    },
    content: (bytes) => stdout.write(stdout.isTTY ? toPrintable(new TextDecoder().decode(bytes)) : bytes),
    note: (text) => say(paint.dim(text)),
    warn: (text) => say(`${paint.yellow('warning:')} ${text}`),
    progress: (text) => {
      if (!silent) line.show([text]);
    },
    busy: (text) => {
      if (isLive && !silent) line.show([text]);
    },
    board: (lines) => {
      if (isLive && !silent) line.show(lines);
    },
    isLive: isLive && !silent,
    milestone: say,
    end: line.clear,
  };
}

interface StatusArea {
  show(lines: readonly string[]): void;
  print(text: string): void;
  clear(): void;
}

/** On a terminal some lines that are written over; elsewhere ordinary lines. */
function createStatusArea(writer: TextWriter, isLive: boolean): StatusArea {
  let shown = 0;
  const clear = (): void => {
    if (shown > 0) writer.write(shown === 1 ? '\r\u001b[K' : `\r\u001b[${shown - 1}A\u001b[J`);
    shown = 0;
  };
  const print = (text: string): void => {
    clear();
    writer.write(`${toPrintable(text)}\n`);
  };
  const show = (lines: readonly string[]): void => {
    clear();
    writer.write(lines.map((line) => toRow(line, writer.columns)).join('\n'));
    shown = lines.length;
  };
  return { clear, print, show: isLive ? show : (lines) => lines.forEach(print) };
}

/** One row of the terminal: a line that wrapped could not be drawn over. */
function toRow(text: string, columns: number): string {
  const [first = ''] = toPrintable(text).split('\n');
  return Array.from(first)
    .slice(0, Math.max(10, columns - 1))
    .join('');
}
