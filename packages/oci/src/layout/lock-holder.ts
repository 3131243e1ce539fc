/**
 * What a lock file says about its holder.
 *
 * @module
 */
import type { ProcessIdentity } from './process-identity.ts';

export interface LockHolder extends ProcessIdentity {
  /** Differs for each lock ever taken. */
  readonly token: string;
}

/** The holder, or `undefined` when the text is not whole: its writer may be at it. */
export function parseLockHolder(text: string): LockHolder | undefined {
  const value = parseObject(text);
  const { token, space, pid, start } = value;
  if (typeof token !== 'string' || typeof space !== 'string') return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  return { token, space, pid, start: typeof start === 'string' ? start : null };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
