/**
 * Draws what registries tell while content is on its way: a bar for each blob, on a terminal alone.
 *
 * @module
 */
import type { RegistryEvent } from '@squizzle/oci';
import { formatDuration } from '../duration.ts';
import type { Output } from './output.ts';
import { formatBytes, shortDigest } from './words.ts';

/** Terminals over a network are slow, and nobody reads faster. */
const REDRAW_MS = 100;
const BAR_WIDTH = 20;
/** More rows than blobs are ever on the way at once; a small terminal keeps room for other lines. */
const MAX_ROWS = 8;

interface Transfer {
  readonly startedMs: number;
  readonly totalBytes: number;
  doneBytes: number;
}

/** @param now milliseconds, never going back. */
export function createTransferProgress(output: Output, now: () => number): (event: RegistryEvent) => void {
  const transfers = new Map<string, Transfer>();
  let drawnMs = Number.NEGATIVE_INFINITY;
  const draw = (ms: number): void => {
    drawnMs = ms;
    const rows = Array.from(transfers, ([key, transfer]) => transferRow(key, transfer, ms));
    output.board(rows.slice(0, MAX_ROWS));
  };
  return (event) => {
    if (event.type === 'blob-progress') {
      const { doneBytes, totalBytes } = event;
      const ms = now();
      const known = transfers.get(keyOf(event));
      if (known === undefined) transfers.set(keyOf(event), { startedMs: ms, totalBytes, doneBytes });
      else known.doneBytes = doneBytes;
      if (ms - drawnMs >= REDRAW_MS) draw(ms);
    } else if (event.type === 'blob-finished') {
      if (transfers.delete(keyOf(event))) draw(now());
    } else tell(event, output);
  };
}

/** From registry to registry a blob is pulled and pushed at once: two rows. */
function keyOf({ direction, digest }: { readonly direction: 'push' | 'pull'; readonly digest: string }): string {
  return `${direction} ${shortDigest(digest)}`;
}

function tell(event: Exclude<RegistryEvent, { type: 'blob-progress' | 'blob-finished' }>, output: Output): void {
  switch (event.type) {
    case 'warning':
      output.warn(`${event.registry} says: ${event.text}`);
      return;
    case 'insecure':
      output.warn(`${event.registry}: ${INSECURE[event.reason]}`);
      return;
    case 'retrying': {
      const { registry, method, reason, attempt, waitMs } = event;
      output.note(`${registry}: ${method}: ${reason}; try ${attempt} in ${formatDuration(waitMs)}`);
      return;
    }
    case 'rate-limit': // told by `doctor registry`
  }
}

const INSECURE = {
  'plain-http': 'spoken to without TLS: anyone on the way can read and change what is sent, passwords included',
  'unverified-tls': 'its certificate is not verified: anyone on the way can stand in for it',
} as const;

/** `push sha256:0f3c9ab1d2e4 [########------------]  40%  1.2 MB of 3.0 MB  2.4 MB/s` */
function transferRow(key: string, { startedMs, totalBytes, doneBytes }: Transfer, ms: number): string {
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = '#'.repeat(filled).padEnd(BAR_WIDTH, '-');
  const seconds = (ms - startedMs) / 1_000;
  const rate = seconds < 0.5 ? '' : `  ${formatBytes(Math.round(doneBytes / seconds))}/s`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `${key} [${bar}] ${percent}  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}${rate}`;
}
