/**
 * What the server tells its operator. Where it goes is up to whoever makes the logger.
 *
 * Fields are short facts: names, digests, counts, milliseconds. Never a header's value, a body or a secret.
 *
 * @module
 */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Left out of the line when undefined. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** What becomes a line of the log. */
export interface LogEvent {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export type Logger = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

const nothing = (): void => undefined;

/** For tests and for programs that want no log. */
export const SILENT_LOGGER: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
