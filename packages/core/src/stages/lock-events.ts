/**
 * What a driver calls back while it takes the lock and runs, as events.
 *
 * @module
 */
import type { LockOptions } from '../contracts/database-driver.ts';
import type { ApplyOptions } from './apply.ts';

export function withLockEvents(options: ApplyOptions): LockOptions {
  const { onEvent } = options;
  return {
    ...options,
    onWaiting: (holder) => {
      options.onWaiting?.(holder);
      onEvent?.({ type: 'lock-waiting', holder });
    },
    onNotice: (notice) => {
      options.onNotice?.(notice);
      onEvent?.({ type: 'notice', ...notice });
    },
  };
}
