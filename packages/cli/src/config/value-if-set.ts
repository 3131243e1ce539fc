/**
 * A setting's value where it can be read now: `undefined` for one that is absent, or waits for a variable.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { Setting } from './setting.ts';

export function valueIfSet<T>(setting: Setting<T> | undefined): T | undefined {
  try {
    return setting?.read();
  } catch (cause) {
    if (isSquizzleError(cause, 'CONFIG_INVALID')) return undefined;
    throw cause;
  }
}
