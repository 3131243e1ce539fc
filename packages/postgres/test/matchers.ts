/**
 * Vitest's asymmetric matchers with a type that is safe to assign.
 *
 * @module
 */
import { expect } from 'vitest';

export function containing(part: string): unknown {
  return expect.stringContaining(part) as unknown;
}

export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern) as unknown;
}
