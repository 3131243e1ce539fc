/**
 * `serve`: the registry on a port until it is told to stop.
 *
 * Standard output is the log. What keeps it from starting goes to standard error, as the log is not there yet.
 *
 * @module
 */
import { formatProblems } from '../config/format-problem.ts';
import type { Config } from '../config/settings.ts';
import { toAuthConfig, toStartOptions } from '../config/start-options.ts';
import { createLogger } from '../log/create-logger.ts';
import { formatJsonLine } from '../log/json-line.ts';
import { createLogSink } from '../log/log-sink.ts';
import type { LogEvent, Logger } from '../log/logger.ts';
import { formatPrettyLine } from '../log/pretty-line.ts';
import { startRegistry, type RunningRegistry } from '../registry.ts';
import type { Command } from './command.ts';
import type { Environment, StopSignal } from './environment.ts';
import { EXIT, SIGNAL_EXIT } from './exit-code.ts';
import { PROGRAM } from './help.ts';
import { openAccess, type OpenedAccess } from './open-access.ts';
import { toStartFailure } from './start-failure.ts';

/** How long the end waits for whoever reads the log. */
const FLUSH_MS = 500;

export const SERVE: Command = {
  name: 'serve',
  summary: 'serve the registry until SIGTERM or SIGINT',
  details:
    'Serves the OCI distribution API. One line of the log tells the URL once it listens. The first SIGTERM or SIGINT\n' +
    'lets running requests finish within the grace period, a second one ends at once.\n' +
    'Exit code 0 after a graceful stop, 2 for a wrong configuration, 7 when storage or port cannot be used.',
  takesJson: false,
  async run(result, _flags, environment) {
    if (!result.ok) {
      environment.stderr.write(`${PROGRAM}: the configuration is not valid:\n${formatProblems(result.problems)}\n`);
      return EXIT.usage;
    }
    const { config } = result.loaded;
    const format = lineFormat(config, environment);
    const sink = createLogSink({
      write: environment.writeLog,
      describeLoss: (lines) =>
        format({ time: new Date(), level: 'warn', message: 'log lines were lost', fields: { lines } }),
    });
    const logger = createLogger({ level: config['log.level'], format, write: sink.write });
    const code = await serveUntilStopped(config, logger, environment);
    await sink.end(FLUSH_MS);
    return code;
  },
};

function lineFormat(config: Config, { isTerminal, env }: Environment): (event: LogEvent) => string {
  const wanted = config['log.format'];
  if (wanted === 'json' || (wanted === 'auto' && !isTerminal)) return formatJsonLine;
  const colored = isTerminal && (env['NO_COLOR'] ?? '') === '';
  return (event) => formatPrettyLine(event, { colored });
}

/** Whatever comes first: a graceful stop, a second signal, or a fault that nobody caught. */
async function serveUntilStopped(config: Config, logger: Logger, environment: Environment): Promise<number> {
  const { asked, insisted } = listenForSignals(environment);
  const fault = new Promise<never>((_resolve, reject) => environment.onUncaught(reject));
  try {
    return await Promise.race([
      serveGracefully(config, logger, { asked, environment }),
      insisted.then((signal) => SIGNAL_EXIT[signal]),
      fault,
    ]);
  } catch (thrown) {
    const { message, stack } = thrown instanceof Error ? thrown : { message: String(thrown), stack: undefined };
    logger.error('fault that nobody caught', { error: message, stack });
    return EXIT.bug;
  }
}

interface Serving {
  readonly asked: Promise<StopSignal>;
  readonly environment: Environment;
}

async function serveGracefully(config: Config, logger: Logger, { asked, environment }: Serving): Promise<number> {
  let opened: OpenedAccess | undefined;
  let registry: RunningRegistry;
  try {
    opened = await openAccess(toAuthConfig(config), logger);
    registry = await startRegistry({ ...toStartOptions(config, logger), access: opened.access });
  } catch (thrown) {
    await opened?.close();
    const { message, exitCode } = toStartFailure(thrown);
    environment.stderr.write(`${PROGRAM}: ${message}\n`);
    return exitCode;
  }
  logger.info('listening', { url: registry.url, version: environment.version });
  const signal = await asked;
  const graceMs = config['shutdown.grace'];
  logger.info('stopping', { signal, graceMs });
  await registry.stop(graceMs);
  await opened.close();
  logger.info('stopped');
  return EXIT.ok;
}

/** `asked` is the first signal, `insisted` the second. */
function listenForSignals(environment: Environment): { asked: Promise<StopSignal>; insisted: Promise<StopSignal> } {
  const waiting: ((signal: StopSignal) => void)[] = [];
  const next = (): Promise<StopSignal> => new Promise((resolve) => void waiting.push(resolve));
  const signals = { asked: next(), insisted: next() };
  environment.onSignal((signal) => waiting.shift()?.(signal));
  return signals;
}
