/**
 * `/health`: the process answers. `/health/ready`: it can store what it is given, and is not about to end.
 *
 * @module
 */
import type { Logger } from '../../log/logger.ts';
import type { Store } from '../../storage/contracts.ts';
import type { Exchange } from '../exchange.ts';
import { respondJson } from '../respond.ts';

const HEADERS = ['Cache-Control', 'no-store'] as const;
/** However many ask, the storage is probed once in this time. */
const SHARED_MS = 1_000;

export interface HealthHandlers {
  health(exchange: Exchange): void;
  ready(exchange: Exchange): Promise<void>;
}

/** @param now milliseconds since an arbitrary start */
export function createHealthHandlers(store: Pick<Store, 'probe'>, logger: Logger, now: () => number): HealthHandlers {
  let startedAt = -Infinity;
  let pending = false;
  let probe: Promise<boolean> | undefined;
  const isWritable = async (): Promise<boolean> => {
    try {
      await store.probe();
      return true;
    } catch (thrown) {
      logger.error('storage cannot be written', { error: thrown instanceof Error ? thrown.message : String(thrown) });
      return false;
    } finally {
      pending = false;
    }
  };
  const shared = (): Promise<boolean> => {
    // One that hangs is waited for, by everyone: a second would only hang beside it.
    if (probe === undefined || (!pending && now() - startedAt >= SHARED_MS)) {
      startedAt = now();
      pending = true;
      probe = isWritable();
    }
    return probe;
  };
  return {
    health(exchange) {
      respondJson(exchange, 200, HEADERS, { status: 'ok' });
    },
    async ready(exchange) {
      const { lifecycle } = exchange;
      const refuse = (reason: string): void => respondJson(exchange, 503, HEADERS, { status: 'unavailable', reason });
      if (lifecycle.stopping) refuse('stopping');
      else if (await shared()) respondJson(exchange, 200, HEADERS, { status: 'ok' });
      else refuse('storage cannot be written');
    },
  };
}
