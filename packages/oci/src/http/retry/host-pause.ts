/**
 * Hosts that asked for a rest: who else wants something of them waits as well.
 *
 * @module
 */
export interface HostPauses {
  /** From now on for `ms`; a longer rest that was asked for before stays. */
  pause(host: string, ms: number): void;
  /** At once where no rest was asked for. */
  wait(host: string, signal: AbortSignal | undefined): Promise<void>;
}

export interface HostPausesOptions {
  /** Milliseconds since an arbitrary start. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export function createHostPauses({ now, sleep }: HostPausesOptions): HostPauses {
  const until = new Map<string, number>();
  const restOf = (host: string): number => (until.get(host) ?? 0) - now();
  return {
    pause(host, ms) {
      for (const [other, end] of until) if (end <= now()) until.delete(other);
      until.set(host, Math.max(until.get(host) ?? 0, now() + ms));
    },
    async wait(host, signal) {
      // Asked again after each wait: the rest may have been prolonged meanwhile.
      while (restOf(host) > 0) await sleep(restOf(host), signal);
      until.delete(host);
    },
  };
}
