/**
 * What an apply or rollback did, as commands show it.
 *
 * @module
 */
import type { PlanRun } from '../project/run-plan.ts';
import type { Paint } from './paint.ts';
import { plural } from './words.ts';

export function toRunJson({ plan, done, warnings }: PlanRun, database: string): unknown {
  const { environment, direction, name, from, to, artifact } = plan;
  const { digest } = artifact.root;
  return { environment, database, direction, name, from, to, digest, releases: done, warnings };
}

export function runLines({ plan, done }: PlanRun, database: string, paint: Paint): readonly string[] {
  const { environment, direction, from, to } = plan;
  const at = paint.bold(to ?? 'empty');
  if (done.length === 0) return [`${environment} (${database}) is at ${at}; nothing to do`];
  const said = direction === 'up' ? 'applied' : 'rolled back';
  return [
    `${said} ${plural(done.length, 'release')}: ${environment} (${database}) went from ${from ?? 'empty'} to ${at}`,
  ];
}
