/**
 * Everything that an error could tell a log: message, stack, details, hidden properties and the whole chain of causes.
 *
 * @module
 */
import { inspect } from 'node:util';
import { isSquizzleError, type SquizzleError } from '@squizzle/core';
import { expect } from 'vitest';

/** @returns what was thrown; fails the test when nothing was, or something else than our error. */
export async function thrownBy(work: () => unknown): Promise<SquizzleError> {
  let thrown: unknown;
  try {
    await work();
  } catch (caught) {
    thrown = caught;
  }
  if (!isSquizzleError(thrown)) expect.fail(`not thrown, or by a bug of ours: ${inspect(thrown)}`);
  return thrown;
}

export function toldBy(error: unknown): string {
  const texts = [inspect(error, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null })];
  for (let each = error; each instanceof Error; each = each.cause) {
    texts.push(each.message, each.stack ?? '', JSON.stringify(each), String(each));
  }
  return texts.join('\n');
}

export function expectSecretFree(error: unknown, secrets: readonly string[]): void {
  const told = toldBy(error);
  for (const secret of secrets) {
    expect(secret.length, 'a secret worth looking for').toBeGreaterThan(5);
    expect(told).not.toContain(secret);
    expect(told).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
  }
}
