/**
 * A time that something may take, begun anew as often as need be.
 *
 * @module
 */
export interface Watchdog {
  /** Also begins anew. */
  start(): void;
  stop(): void;
}

export function createWatchdog(ms: number, onOver: () => void): Watchdog {
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      if (timer === undefined) timer = setTimeout(onOver, ms);
      else timer.refresh();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
