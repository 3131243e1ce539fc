/**
 * Draws what an apply or rollback tells while it runs.
 *
 * @module
 */
import type { MigrationEvent } from '@squizzle/core';
import { formatDuration } from '../duration.ts';
import { plural } from './words.ts';
import type { Output } from './output.ts';

export function createMigrationProgress(output: Output): (event: MigrationEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'lock-waiting':
        output.progress(`waiting for another migration to end${event.holder === null ? '' : `: ${event.holder}`}`);
        return;
      case 'release-started':
        output.progress(describeStart(event));
        return;
      case 'segment-finished':
        output.progress(`${event.version}: part ${event.segment} of ${event.segments} is done`);
        return;
      case 'retrying':
        output.progress(
          `${event.version}: a lock could not be had (SQLSTATE ${event.sqlState}); try ${event.attempt + 1} in ${formatDuration(event.waitMs)}`,
        );
        return;
      case 'notice':
        output.milestone(`${event.severity}: ${event.message}`);
        return;
      case 'release-finished': {
        const { version, direction, steps, durationMs } = event.release;
        const done = direction === 'up' ? 'applied' : 'rolled back';
        output.milestone(`${done} ${version} (${plural(steps, 'file')}, ${formatDuration(durationMs)})`);
      }
    }
  };
}

function describeStart(event: Extract<MigrationEvent, { type: 'release-started' }>): string {
  const doing = event.direction === 'up' ? 'applying' : 'rolling back';
  return `${event.resumed ? `going on with ${doing}` : doing} ${event.version} (${plural(event.steps, 'file')})`;
}
