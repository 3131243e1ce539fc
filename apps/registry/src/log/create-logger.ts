/**
 * A logger that writes lines.
 *
 * @module
 */
import { LOG_LEVELS, SILENT_LOGGER, type LogEvent, type Logger, type LogLevel } from './logger.ts';

export interface LoggerOptions {
  /** Events below it cost nothing. */
  readonly level: LogLevel;
  readonly format: (event: LogEvent) => string;
  readonly write: (line: string) => void;
  readonly now?: () => Date;
}

export function createLogger({ level, format, write, now = () => new Date() }: LoggerOptions): Logger {
  const least = LOG_LEVELS.indexOf(level);
  const at = (each: LogLevel): Logger[LogLevel] =>
    LOG_LEVELS.indexOf(each) < least
      ? SILENT_LOGGER[each]
      : (message, fields = {}) => write(format({ time: now(), level: each, message, fields }));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
