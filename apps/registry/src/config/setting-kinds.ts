/**
 * The kinds of values a setting can have. Every kind is written as text, in a file, a variable or a flag alike.
 *
 * @module
 */
import { isIP } from 'node:net';
import { formatByteSize, parseByteSize } from './byte-size.ts';
import { formatDuration, parseDuration } from './duration.ts';

export interface Kind<T> {
  /** Stands for the value in `--help`. Empty for a switch, which needs none. */
  readonly placeholder: string;
  /** Completes "expected …". */
  readonly expected: string;
  /** From the least to the most, where there are such. */
  readonly range?: string;
  /** `undefined` for text that is no such value. */
  parse(text: string): T | undefined;
  /** Text that `parse` reads back. */
  format(value: T): string;
  /** What a file may hold besides a string. */
  readonly literal?: 'number' | 'boolean';
}

export const SWITCH: Kind<boolean> = {
  placeholder: '',
  expected: 'true or false',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  format: String,
  literal: 'boolean',
};

export const HOST: Kind<string> = {
  placeholder: 'HOST',
  expected: 'a host name or an IP address without port',
  parse: (text) => {
    const host = /^\[(.+)\]$/.exec(text)?.[1] ?? text;
    return isIP(host) > 0 || (host === text && HOST_NAME.test(host)) ? host : undefined;
  },
  format: String,
};

/** RFC 1123 names; one that ends in digits would be a mistyped address. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

export const FILE_PATH: Kind<string> = {
  placeholder: 'PATH',
  expected: 'a path',
  parse: (text) => (text === '' || text.includes('\0') ? undefined : text),
  format: String,
};

/** A text that stands between quotes in a header: RFC 9110 section 5.6.4, without anything to escape. */
export const QUOTABLE: Kind<string> = {
  placeholder: 'TEXT',
  expected: 'printable ASCII characters, neither " nor \\',
  parse: (text) => (/^[ !#-[\]-~]{1,200}$/.test(text) ? text : undefined),
  format: String,
};

export function wholeNumber(placeholder: string, least: number, most: number): Kind<number> {
  const range = `${least} to ${most}`;
  return {
    placeholder,
    expected: `a whole number from ${range}`,
    range,
    parse: (text) => (/^\d{1,15}$/.test(text) ? within(Number(text), least, most) : undefined),
    format: String,
    literal: 'number',
  };
}

export function duration(leastMs: number): Kind<number> {
  const range = `${formatDuration(leastMs)} to 24d`;
  return {
    placeholder: 'DURATION',
    expected: `a duration with its unit, as 30s, 5m or 1h, from ${range}`,
    range,
    parse: (text) => within(parseDuration(text), leastMs, Infinity),
    format: formatDuration,
  };
}

export function byteSize(leastBytes: number, mostBytes: number): Kind<number> {
  const range = `${formatByteSize(leastBytes)} to ${formatByteSize(mostBytes)}`;
  return {
    placeholder: 'SIZE',
    expected: `a size with its unit, as 500MB or 4MiB, from ${range}`,
    range,
    parse: (text) => within(parseByteSize(text), leastBytes, mostBytes),
    format: formatByteSize,
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return {
    placeholder: words.join('|'),
    expected: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    parse: (text) => words.find((word) => word === text),
    format: String,
  };
}

/** As `kind`, or the word `none`, which is `null`. */
export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return {
    ...kind,
    expected: `${kind.expected}, or none`,
    parse: (text) => (text === 'none' ? null : kind.parse(text)),
    format: (value) => (value === null ? 'none' : kind.format(value)),
  };
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}
