/**
 * Colours for a terminal, or none.
 *
 * @see https://no-color.org
 * @module
 */
import type { TextWriter } from '../environment.ts';

export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const code = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;

const COLOURS: Paint = {
  bold: code(1, 22),
  dim: code(2, 22),
  red: code(31, 39),
  green: code(32, 39),
  yellow: code(33, 39),
  cyan: code(36, 39),
};

const same = (text: string): string => text;
export const PLAIN: Paint = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

export interface ColourWishes {
  /** `--no-color` makes it false. */
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The flag, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal that knows colours. */
export function createPaint(writer: Pick<TextWriter, 'isTTY'>, { color, env }: ColourWishes): Paint {
  if (!color || (env['NO_COLOR'] ?? '') !== '') return PLAIN;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced === '0' || forced === 'false' ? PLAIN : COLOURS;
  return writer.isTTY && env['TERM'] !== 'dumb' ? COLOURS : PLAIN;
}
